import { DirectionProvider, localStorageColorSchemeManager, MantineProvider, useDirection } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BrowserRouter } from 'react-router';
import { problemFrom } from '../api/problem.ts';
import { SessionProvider } from '../api/session.tsx';
import { currentLanguage } from '../i18n/index.ts';
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx';
import { theme } from '../ui/theme.ts';
import { Pages } from './Pages.tsx';

// Reading again is harmless, so a passing failure of a query is tried twice more; mutations are repeated by people only.
function newQueryClient(): QueryClient {
  const retry = (failures: number, error: Error) => {
    const { kind } = problemFrom(error).facts;
    return failures < 2 && (kind === 'offline' || kind === 'server');
  };
  const networkMode = 'always';
  return new QueryClient({ defaultOptions: { queries: { retry, staleTime: 1000, networkMode }, mutations: { networkMode } } });
}

// Remembers light or dark on this machine, once somebody has chosen.
const scheme = localStorageColorSchemeManager({ key: 'mofasa.scheme' });

/** The portal with everything that its pages need around them. */
export function App() {
  const { i18n } = useTranslation();
  const [queries] = useState(newQueryClient);
  return (
    <DirectionProvider initialDirection={i18n.dir()} detectDirection={false}>
      <FollowLanguage />
      <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={scheme}>
        <QueryClientProvider client={queries}>
          <SessionProvider language={currentLanguage} onEnd={() => queries.clear()}>
            <ErrorBoundary>
              <BrowserRouter>
                <Pages />
              </BrowserRouter>
            </ErrorBoundary>
          </SessionProvider>
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

// Turns the components around with the language, without touching the session.
function FollowLanguage() {
  const { i18n } = useTranslation();
  const { setDirection } = useDirection();
  const direction = i18n.dir();
  useEffect(() => setDirection(direction), [direction]);
  return null;
}
