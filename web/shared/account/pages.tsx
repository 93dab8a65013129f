// Joining and signing in, the same for the messenger and the console.
import { useEffect, useState } from 'preact/hooks';
import { createAccount, finishProvider, readInvitation, signIn, type Proof } from '../api/account_api.ts';
import type { Config, Role, SessionAnswer } from '../api/types.ts';
import { Brand } from '../components/brand.tsx';
import { Button, Field, Note, PageHeading } from '../components/parts.tsx';
import { link, replace } from '../router.ts';
import { t } from '../strings/index.ts';
import { errorCode, inWords } from '../words.ts';
import { createPasskey, passkeysWork, usePasskey } from './passkey.ts';
import { goToProvider, providerReturn } from './provider.ts';
import { beginSession, sessionEnded } from './session.ts';

const namePattern = /^[a-z0-9_-]{2,32}$/;
const SHORTEST_PASSWORD = 10;

interface PageProps {
  role: Role;
  config: Config;
}

/** Whether two roles use the same pages: the messenger is for people, the console for all of staff. */
const sameSide = (a: Role, b: Role): boolean => (a === 'person') === (b === 'person');

function useSubmit(role: Role, passkeyStopped: string) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const submit = async (open: () => Promise<SessionAnswer>): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      const answer = await open();
      if (!sameSide(answer.role, role)) {
        setProblem(t.signIn.wrongPage);
        return;
      }
      replace();
      beginSession(answer);
    } catch (error) {
      // The browser's own dialog was closed, timed out or is not available.
      setProblem(error instanceof DOMException ? passkeyStopped : inWords(error));
      if (errorCode(error) === 'code_used') replace('join', 'used');
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, submit, setProblem };
}

/** For staff, where the service has a sign-in provider. */
function ProviderButton({ role, config, code, onProblem }: PageProps & { code?: string; onProblem: (words: string) => void }) {
  const [busy, setBusy] = useState(false);
  if (config.oidc === null || role === 'person') return null;
  const leave = (): void => {
    setBusy(true);
    goToProvider(code).catch((error: unknown) => {
      setBusy(false);
      onProblem(inWords(error));
    });
  };
  return (
    <>
      <div class="or">{t.join.or}</div>
      <Button onClick={leave} disabled={busy}>
        {t.signIn.withProvider(config.oidc.name)}
      </Button>
    </>
  );
}

export function JoinPage({ code, role, config }: PageProps & { code: string }) {
  const [invitation, setInvitation] = useState<{ role: Role; usable: boolean } | null>(null);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    setInvitation(null);
    readInvitation(code).then(setInvitation, (error: unknown) => {
      if (['not_found', 'code_used', 'bad_argument'].includes(errorCode(error))) setInvitation({ role, usable: false });
      else setFailure(inWords(error));
    });
  }, [code]);

  return (
    <main class="page">
      <Brand />
      {failure !== '' && (
        <Note tone="alert" role="alert">
          {failure}
        </Note>
      )}
      {invitation?.usable === false && (
        <div class="stack">
          <PageHeading>{t.join.usedTitle}</PageHeading>
          <p>{t.join.usedBody}</p>
          <a class="button" href={link('sign-in')}>
            {t.join.haveAccount}
          </a>
        </div>
      )}
      {invitation?.usable === true && !sameSide(invitation.role, role) && (
        <div class="stack">
          <PageHeading>{t.join.title}</PageHeading>
          <p>{t.join.elsewhere}</p>
          <a class="button primary" href={`${role === 'person' ? '/console/' : '/'}${link('join', code)}`}>
            {t.join.goThere}
          </a>
        </div>
      )}
      {invitation?.usable === true && sameSide(invitation.role, role) && (
        <JoinForm code={code} role={role} config={config} />
      )}
    </main>
  );
}

function JoinForm({ code, role, config }: PageProps & { code: string }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState<'no' | 'name' | 'all'>('no');
  const { busy, problem, submit, setProblem } = useSubmit(role, t.join.passkeyStopped);
  const nameWrong = checked !== 'no' && !namePattern.test(name) ? t.join.nameWrong : '';
  const passwordWrong = checked === 'all' && password.length < SHORTEST_PASSWORD ? t.join.passwordWrong : '';

  const join = (proof: () => Promise<Proof>): void => {
    void submit(async () => createAccount(code, name, await proof()));
  };
  const withPassword = (event: Event): void => {
    event.preventDefault();
    setChecked('all');
    if (namePattern.test(name) && password.length >= SHORTEST_PASSWORD) join(() => Promise.resolve({ password }));
  };
  const withPasskey = (): void => {
    setChecked('name');
    if (namePattern.test(name)) join(async () => ({ passkey: await createPasskey(code, name) }));
  };

  return (
    <form class="stack" onSubmit={withPassword} noValidate>
      <PageHeading>
        {role === 'person' ? t.join.welcome(config.service_name) : t.join.welcomeReviewer(config.service_name)}
      </PageHeading>
      <p>{t.join.intro}</p>
      <Field label={t.join.name} hint={t.join.nameHint} error={nameWrong}>
        {(ids) => (
          <input
            {...ids}
            value={name}
            onInput={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            maxLength={32}
            required
          />
        )}
      </Field>
      <Field label={t.join.password} hint={t.join.passwordHint} error={passwordWrong}>
        {(ids) => (
          <input
            {...ids}
            type="password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
            autocomplete="new-password"
            maxLength={1024}
          />
        )}
      </Field>
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      <Button type="submit" look="primary" disabled={busy}>
        {busy ? t.join.working : t.join.withPassword}
      </Button>
      {passkeysWork() && (
        <>
          <div class="or">{t.join.or}</div>
          <Button onClick={withPasskey} disabled={busy}>
            {t.join.withPasskey}
          </Button>
          <p class="small muted">{t.join.passkeyHint}</p>
        </>
      )}
      <ProviderButton role={role} config={config} code={code} onProblem={setProblem} />
      <a href={link('sign-in')}>{t.join.haveAccount}</a>
    </form>
  );
}

export function SignInPage({ role, config }: PageProps) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { busy, problem, submit, setProblem } = useSubmit(role, t.signIn.passkeyStopped);
  useEffect(() => {
    const arrived = providerReturn();
    if (arrived === 'stopped') setProblem(t.signIn.providerStopped);
    else if (arrived !== null) void submit(() => finishProvider(arrived.code, arrived.state));
  }, []);

  const withPassword = (event: Event): void => {
    event.preventDefault();
    void submit(() => signIn(name, { password }));
  };
  const withPasskey = (): void => {
    void submit(async () => signIn(name, { passkey: await usePasskey(name) }));
  };

  return (
    <main class="page">
      <Brand />
      <form class="stack" onSubmit={withPassword}>
        <PageHeading>{t.signIn.title}</PageHeading>
        {sessionEnded.value ? (
          <Note tone="info" role="status">
            <p>{t.signIn.ended}</p>
          </Note>
        ) : (
          <p>{t.signIn.intro}</p>
        )}
        <Field label={t.signIn.name}>
          {(ids) => (
            <input
              {...ids}
              value={name}
              onInput={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
              autocomplete="username webauthn"
              autocapitalize="none"
              spellcheck={false}
              required
            />
          )}
        </Field>
        <Field label={t.signIn.password}>
          {(ids) => (
            <input
              {...ids}
              type="password"
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
              autocomplete="current-password"
            />
          )}
        </Field>
        {problem !== '' && (
          <Note tone="alert" role="alert">
            {problem}
          </Note>
        )}
        <Button type="submit" look="primary" disabled={busy || name === ''}>
          {t.signIn.withPassword}
        </Button>
        {passkeysWork() && (
          <>
            <div class="or">{t.join.or}</div>
            <Button onClick={withPasskey} disabled={busy || name === ''}>
              {t.signIn.withPasskey}
            </Button>
          </>
        )}
        <ProviderButton role={role} config={config} onProblem={setProblem} />
      </form>
    </main>
  );
}

