import { describe, expect, it } from 'vitest';
import { json, problem } from '../test/server.ts';
import { answer, Problem, problemFrom, problemOf, type ProblemKind } from './problem.ts';

async function read(response: Response): Promise<Problem> {
  return problemOf(response, await response.json());
}

describe('an answer that is not 2xx', () => {
  it.each<[number, ProblemKind, definite: boolean, passing: boolean]>([
    [400, 'invalid', true, false],
    [401, 'unauthorized', false, false],
    [403, 'forbidden', true, false],
    [404, 'not_found', true, false],
    [408, 'timeout', false, true],
    [409, 'conflict', true, false],
    [413, 'invalid', true, false],
    [415, 'invalid', true, false],
    [422, 'invalid', true, false],
    [429, 'limited', false, true],
    [500, 'server', false, true],
    [502, 'server', false, true],
    [503, 'server', false, true],
    [504, 'timeout', false, true],
  ])('%d is %s', async (status, kind, definite, passing) => {
    const found = await read(problem(status, 'some_code'));
    expect(found.facts).toMatchObject({ kind, status, code: 'some_code', title: 'عنوان some_code', traceId: 'trace-some_code' });
    expect([found.definite, found.passing]).toEqual([definite, passing]);
  });

  it('keeps fields, the claim, the new inquiry and the wait', async () => {
    const more = {
      errors: [{ field: 'plate', code: 'plate_digit', detail: 'صفر', position: 1 }],
      claimed_until: '2026-11-20T11:00:00Z',
      inquiry: { id: 'new' },
    };
    const { facts } = await read(problem(409, 'amounts_changed', more, { 'Retry-After': '24' }));
    expect(facts).toMatchObject({ fields: more.errors, claimedUntil: more.claimed_until, inquiry: { id: 'new' }, retryAfter: 24 });
  });

  it.each([undefined, '', '<html>bad gateway</html>', 7, { status: 1, code: 2, title: null }])('survives the body %j', (body) => {
    const { facts } = problemOf(new Response(null, { status: 502, headers: { 'Retry-After': 'soon' } }), body);
    expect(facts).toEqual({ kind: 'server', status: 502 });
  });
});

describe('a call', () => {
  it('gives the data', async () => {
    const response = json(200, {});
    await expect(answer(Promise.resolve({ data: { a: 1 }, response }))).resolves.toEqual({ a: 1 });
  });

  it.each<[Error, ProblemKind]>([
    [new TypeError('Failed to fetch'), 'offline'],
    [new DOMException('late', 'TimeoutError'), 'timeout'],
    [new DOMException('gone', 'AbortError'), 'timeout'],
    [new SyntaxError('Unexpected token <'), 'server'],
  ])('%s becomes %s', async (cause, kind) => {
    const failed = await answer(Promise.reject(cause)).catch(problemFrom);
    expect(failed).toBeInstanceOf(Problem);
    expect((failed as Problem).facts.kind).toBe(kind);
  });

  it('is a defect of the server when it succeeds without data', async () => {
    const response = new Response(null, { status: 204 });
    await expect(answer(Promise.resolve({ response }))).rejects.toMatchObject({ facts: { kind: 'server', status: 204 } });
  });
});
