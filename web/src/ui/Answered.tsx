import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemFrom } from '../api/problem.ts';
import { Forbidden } from './Forbidden.tsx';
import { Loading, LoadingLines } from './Loading.tsx';
import { ProblemView } from './ProblemView.tsx';

interface AnsweredProps<T> {
  query: UseQueryResult<T>;
  /** How many cards the skeleton has. */
  cards?: number;
  /** A list inside a card is awaited as lines, not as cards. */
  skeleton?: 'cards' | 'lines';
  children(data: T): ReactNode;
}

/** What was asked for, or its skeleton, or why it did not come. What came before stays when a later asking fails. */
export function Answered<T>({ query, cards = 1, skeleton = 'cards', children }: AnsweredProps<T>) {
  if (query.isPending) return skeleton === 'lines' ? <LoadingLines /> : <Loading cards={cards} />;
  const failed = query.isError && (
    problemFrom(query.error).facts.kind === 'forbidden' ? <Forbidden part /> : <ProblemView error={query.error} retry={() => void query.refetch()} />
  );
  return (
    <>
      {failed}
      {query.data !== undefined && children(query.data)}
    </>
  );
}
