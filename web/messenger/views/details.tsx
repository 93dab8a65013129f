import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { findPerson } from '../../shared/api/messenger_api.ts';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Dialog, Field, Note } from '../../shared/components/parts.tsx';
import { link, replace } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import { addPerson, leaveGroup, removePerson, startConversation } from '../state/groups.ts';
import { TIMER_CHOICES } from '../state/expiry.ts';
import type { Contact, Conversation, ConversationMember } from '../state/model.ts';
import { setBlocked, staleMembers, trustSeenKeys } from '../state/people.ts';
import { useApp, useLock } from './context.ts';
import { LevelLines } from './levels.tsx';
import { Lock } from './lock.tsx';
import { SafetyNumber } from './safety_number.tsx';

export function Details({ conversation }: { conversation: Conversation }) {
  const { messenger, config } = useApp();
  const contacts = messenger.core.screen.contacts.value;
  const live = conversation.state !== null;
  const list = messenger.core.screen.list.value;
  const lock = useLock(conversation);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <div class="stack details">
      <header class="bar">
        <h2 ref={heading} tabIndex={-1}>
          {t.details.title}
        </h2>
        <a class="button plain" href={link('c', conversation.id)} aria-label={t.common.close}>
          <Icon name="close" />
        </a>
      </header>
      <section class="stack-tight">
        <h3>{t.details.state}</h3>
        <Lock state={lock} />
        <p>{lock === 'encrypted' ? t.details.encryptedBody : t.details.unverifiedBody}</p>
      </section>
      <section class="stack-tight">
        <h3>{t.details.people}</h3>
        {conversation.members.map((member) => (
          <Person
            key={member.account}
            conversation={conversation}
            member={member}
            contact={contacts.get(member.account) ?? null}
          />
        ))}
        {conversation.kind === 'group' && live && <AddPerson conversation={conversation} />}
        {conversation.kind === 'group' && live && <Leave conversation={conversation} />}
        <p>
          <a href={link('c', conversation.id, 'report', 'words')}>{t.details.reportWords}</a>
        </p>
      </section>
      {live && <Timer conversation={conversation} />}
      <section class="stack-tight">
        <h3>{t.details.checkTitle}</h3>
        {t.details.checkBody.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <LevelLines />
        {list !== null && <p class="small muted">{t.details.list(list.listName, list.version)}</p>}
      </section>
      {config.demo && (
        <Note tone="warn">
          <h3>{t.details.demoTitle}</h3>
          <p>{t.details.demoBody}</p>
        </Note>
      )}
      <section class="stack-tight">
        <h3>{t.details.learns}</h3>
        <dl class="learns">
          {t.details.learnsRows.map(([who, what]) => (
            <div key={who}>
              <dt>{who}</dt>
              <dd class="muted">{what}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}

interface PersonProps {
  conversation: Conversation;
  member: ConversationMember;
  contact: Contact | null;
}

function Person({ conversation, member, contact }: PersonProps) {
  const { messenger } = useApp();
  const { core } = messenger;
  const [problem, setProblem] = useState('');
  if (contact === null) return <p>{member.name}</p>;
  const stale = staleMembers(conversation, core.screen.contacts.value).some((one) => one.account === member.account);
  const startFresh = (): void => {
    startConversation(core, [{ account: member.account, name: member.name }]).then(
      (id) => replace('c', id),
      (error: unknown) => setProblem(inWords(error)),
    );
  };
  const mayRemove = conversation.kind === 'group' && conversation.state !== null && conversation.founder === core.session.account;
  const remove = (): void => {
    removePerson(core, conversation.id, member.account).catch((error: unknown) => setProblem(inWords(error)));
  };
  return (
    <details class="person" open={contact.trust === 'changed' || stale}>
      <summary>
        <strong>{member.name}</strong>
        <span class="small muted">{t.details.devicesOf(member.signatureKeys.length)}</span>
        {contact.trust === 'verified' && (
          <span class="state ok small">
            <Icon name="check" />
            {t.details.verified}
          </span>
        )}
        {contact.trust === 'changed' && (
          <span class="state warn small">
            <Icon name="lock-open" />
            {t.lock.unverified}
          </span>
        )}
      </summary>
      <div class="stack-tight">
        <SafetyNumber contact={contact} />
        <div class="row">
          {contact.trust !== 'verified' && (
            <Button icon="check" onClick={() => void trustSeenKeys(core, contact, true)}>
              {t.details.markVerified}
            </Button>
          )}
          {contact.trust === 'verified' && (
            <Button onClick={() => void trustSeenKeys(core, contact, false)}>{t.details.unmark}</Button>
          )}
          {contact.trust === 'changed' && (
            <Button onClick={() => void trustSeenKeys(core, contact, false)}>{t.details.acceptNew}</Button>
          )}
          {stale && contact.trust !== 'changed' && <Button onClick={startFresh}>{t.details.startFresh}</Button>}
          <Button icon="block" onClick={() => void setBlocked(core, contact, !contact.blocked)}>
            {contact.blocked ? t.details.unblock(member.name) : t.details.block(member.name)}
          </Button>
          {mayRemove && <Button onClick={remove}>{t.details.removePerson(member.name)}</Button>}
        </div>
        {problem !== '' && (
          <Note tone="alert" role="alert">
            {problem}
          </Note>
        )}
      </div>
    </details>
  );
}

function Timer({ conversation }: { conversation: Conversation }) {
  const { messenger } = useApp();
  const [problem, setProblem] = useState('');
  const set = (seconds: number): void => {
    messenger.setTimer(conversation.id, seconds).catch((error: unknown) => setProblem(inWords(error)));
  };
  return (
    <section class="stack-tight">
      <Field label={t.details.timer} hint={t.details.timerHint} error={problem}>
        {(ids) => (
          <select {...ids} value={String(conversation.timer)} onChange={(event) => set(Number(event.currentTarget.value))}>
            {TIMER_CHOICES.map((seconds) => (
              <option key={seconds} value={String(seconds)}>
                {t.details.spans[seconds]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </section>
  );
}

function Leave({ conversation }: { conversation: Conversation }) {
  const { messenger } = useApp();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState('');
  const leave = (): void => {
    setAsking(false);
    leaveGroup(messenger.core, conversation.id).catch((error: unknown) => setProblem(inWords(error)));
  };
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t.details.leave}</Button>
      {asking && (
        <Dialog
          title={t.details.leaveAsk}
          onClose={() => setAsking(false)}
          actions={
            <Button look="primary" onClick={leave}>
              {t.details.leave}
            </Button>
          }
        >
          <p>{t.details.leaveBody}</p>
        </Dialog>
      )}
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
    </>
  );
}

function AddPerson({ conversation }: { conversation: Conversation }) {
  const { messenger } = useApp();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      const person = await findPerson(name);
      const there = person?.name === messenger.core.session.name || conversation.members.some((one) => one.name === name);
      if (person === null) setProblem(t.start.notFound(name));
      else if (!there) await addPerson(messenger.core, conversation.id, person);
      if (person !== null) setName('');
    } catch (error) {
      setProblem(inWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details class="person">
      <summary>{t.details.addPerson}</summary>
      <form class="find" onSubmit={(event) => void add(event)}>
        <Field label={t.details.addName} error={problem}>
          {(ids) => (
            <input
              {...ids}
              value={name}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              onInput={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
            />
          )}
        </Field>
        <Button type="submit" disabled={busy || name === ''}>
          {t.details.add}
        </Button>
      </form>
    </details>
  );
}
