import { useEffect, useState } from 'preact/hooks';
import { JoinPage, SignInPage } from '../../shared/account/pages.tsx';
import { forgetSession, session } from '../../shared/account/session.ts';
import { readConfig } from '../../shared/api/account_api.ts';
import type { Config, SessionAnswer } from '../../shared/api/types.ts';
import { Brand } from '../../shared/components/brand.tsx';
import { Button, Note, PageHeading } from '../../shared/components/parts.tsx';
import { route } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import { Messenger } from '../state/messenger.ts';
import { claimTab } from '../state/one_tab.ts';
import { AppContext } from './context.ts';
import { Shell } from './shell.tsx';

export function App() {
  const [config, setConfig] = useState<Config | null>(null);
  const [problem, setProblem] = useState('');
  const load = (): void => {
    setProblem('');
    readConfig().then(setConfig, (error: unknown) => setProblem(inWords(error)));
  };
  useEffect(load, []);

  if (problem !== '') return <Trouble text={problem} onRetry={load} />;
  if (config === null) return <Waiting text={t.common.loading} />;
  const [page, code] = route.value;
  if (page === 'join' && code !== undefined && session.value === null) {
    return <JoinPage code={code} role="person" config={config} />;
  }
  if (session.value === null) return <SignInPage role="person" config={config} />;
  return <SignedIn key={session.value.account} session={session.value} config={config} />;
}

type Stage = 'starting' | 'other-tab' | Messenger | { problem: string };

function SignedIn({ session, config }: { session: SessionAnswer; config: Config }) {
  const [stage, setStage] = useState<Stage>('starting');
  const [attempt, setAttempt] = useState({ number: 0, take: false });

  useEffect(() => {
    let current: Messenger | null = null;
    let ended = false;
    let release: () => void = () => undefined;
    const lost = (): void => {
      current?.stop();
      setStage('other-tab');
    };
    setStage('starting');
    const start = async (): Promise<void> => {
      const claim = await claimTab(session.account, attempt.take, lost);
      release = claim.release;
      if (!claim.held) {
        setStage('other-tab');
        return;
      }
      const messenger = await Messenger.start(session);
      if (ended) {
        messenger.stop();
        return;
      }
      current = messenger;
      setStage(messenger);
    };
    start().catch((error: unknown) => {
      release();
      setStage({ problem: inWords(error) });
    });
    return () => {
      ended = true;
      current?.stop();
      release();
    };
  }, [attempt, session.account]);

  if (stage === 'starting') return <Waiting text={t.status.preparing} />;
  if (stage === 'other-tab') {
    return (
      <main class="page">
        <Brand />
        <PageHeading>{t.status.otherTab}</PageHeading>
        <p>{t.status.otherTabHint}</p>
        <Button look="primary" onClick={() => setAttempt({ number: attempt.number + 1, take: true })}>
          {t.status.useHere}
        </Button>
      </main>
    );
  }
  if (stage instanceof Messenger) {
    return (
      <AppContext.Provider value={{ messenger: stage, config }}>
        <Shell />
      </AppContext.Provider>
    );
  }
  return (
    <Trouble
      title={t.status.setupFailed}
      text={stage.problem}
      onRetry={() => setAttempt({ number: attempt.number + 1, take: false })}
      onSignOut={forgetSession}
    />
  );
}

function Waiting({ text }: { text: string }) {
  return (
    <main class="page">
      <Brand />
      <p role="status">{text}</p>
    </main>
  );
}

interface TroubleProps {
  title?: string;
  text: string;
  onRetry: () => void;
  onSignOut?: () => void;
}

function Trouble({ title, text, onRetry, onSignOut }: TroubleProps) {
  return (
    <main class="page">
      <Brand />
      {title !== undefined && <PageHeading>{title}</PageHeading>}
      <Note tone="alert" role="alert">
        {text}
      </Note>
      <div class="row">
        <Button look="primary" onClick={onRetry}>
          {t.common.tryAgain}
        </Button>
        {onSignOut !== undefined && <Button onClick={onSignOut}>{t.common.signOut}</Button>}
      </div>
    </main>
  );
}
