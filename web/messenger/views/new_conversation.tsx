import { useState } from 'preact/hooks';
import { findPerson } from '../../shared/api/messenger_api.ts';
import type { Person } from '../../shared/api/types.ts';
import { Button, Field, Note } from '../../shared/components/parts.tsx';
import { replace } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import { existingDirect, startConversation } from '../state/groups.ts';
import { confirmedKeys } from '../state/own_devices.ts';
import { lockState } from '../state/people.ts';
import { useApp } from './context.ts';
import { PageTop } from './page_top.tsx';

export function NewConversation() {
  const { messenger } = useApp();
  const { core } = messenger;
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Person[]>([]);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const find = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem('');
    if (name === core.session.name) {
      setProblem(t.start.yourself);
      return;
    }
    try {
      const person = await findPerson(name);
      if (person === null) setProblem(t.start.notFound(name));
      else {
        setChosen([...chosen.filter((one) => one.account !== person.account), person]);
        setName('');
      }
    } catch (error) {
      setProblem(inWords(error));
    }
  };

  const start = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      const contacts = core.screen.contacts.value;
      const first = chosen[0];
      const existing =
        chosen.length === 1 && first !== undefined
          ? existingDirect(core.screen.conversations.value, first, (one) => lockState(one, contacts, confirmedKeys(core.screen.devices.value)) === 'encrypted')
          : null;
      replace('c', existing ?? (await startConversation(core, chosen)));
    } catch (error) {
      setProblem(inWords(error));
      setBusy(false);
    }
  };

  const names = chosen.map((person) => person.name);
  return (
    <div class="sheet stack">
      <PageTop>{t.start.title}</PageTop>
      <form class="find" onSubmit={(event) => void find(event)}>
        <Field label={t.start.name} hint={t.start.nameHint}>
          {(ids) => (
            <input
              {...ids}
              value={name}
              onInput={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
          )}
        </Field>
        <Button type="submit" disabled={name === ''}>
          {t.start.find}
        </Button>
      </form>
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      {chosen.length > 0 && (
        <section class="stack" aria-label={t.start.chosen}>
          <ul class="chips">
            {chosen.map((person) => (
              <li key={person.account}>
                <Button
                  icon="close"
                  aria-label={t.start.remove(person.name)}
                  onClick={() => setChosen(chosen.filter((one) => one !== person))}
                >
                  {person.name}
                </Button>
              </li>
            ))}
          </ul>
          <Button look="primary" disabled={busy} onClick={() => void start()}>
            {busy ? t.start.working : names.length === 1 ? t.start.one(names[0] ?? '') : t.start.group(names.length + 1)}
          </Button>
          {names.length === 1 && <p class="small muted">{t.start.addMore}</p>}
        </section>
      )}
    </div>
  );
}
