// What has to be kept and until when, and what was destroyed on whose order.
import { useState } from 'preact/hooks';
import {
  bases,
  destroyCase,
  extendHold,
  listCertificates,
  listHolds,
  placeHold,
  readHeld,
  releaseHold,
  type Basis,
  type Hold,
} from '../../shared/api/preservation_api.ts';
import { Button, Dialog, Field, Note, PageHeading } from '../../shared/components/parts.tsx';
import { dateAndTime } from '../../shared/words.ts';
import { announce } from '../state/announce.ts';
import { may } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { shortId } from '../words.ts';
import { Reason } from './decision.tsx';
import { Loading, Problem, saveAs, Section, useDeed, useReading } from './parts.tsx';

const ID = '[0-9a-f]{32}';

export function PreservationPage() {
  const [only, setOnly] = useState<string | null>(null);
  const [holds, problem, again] = useReading(() => listHolds(only), only ?? '');
  return (
    <main class="page-wide stack" id="content">
      <PageHeading>{c.preservation.title}</PageHeading>
      <Section title={c.preservation.holds}>
        <CaseFilter onOnly={setOnly} />
        {holds === null ? (
          <Loading problem={problem} />
        ) : (
          <ul class="stack-tight">
            {holds.length === 0 && <li class="muted">{c.preservation.none}</li>}
            {holds.map((one) => (
              <HoldLine key={one.id} hold={one} onChanged={again} />
            ))}
          </ul>
        )}
      </Section>
      {may('hold_evidence') && <Place onPlaced={again} />}
      {may('hold_evidence') && <HandOver />}
      {may('destroy_evidence') && <Destroy />}
      <Certificates />
    </main>
  );
}

function CaseFilter({ onOnly }: { onOnly: (id: string | null) => void }) {
  const [text, setText] = useState('');
  return (
    <form
      class="row lined"
      onSubmit={(event) => {
        event.preventDefault();
        onOnly(text.trim() === '' ? null : text.trim());
      }}
    >
      <Field label={c.preservation.filter}>
        {(ids) => (
          <input {...ids} value={text} pattern={ID} spellcheck={false} onInput={(event) => setText(event.currentTarget.value)} />
        )}
      </Field>
      <Button type="submit">{c.preservation.filterButton}</Button>
    </form>
  );
}

function HoldLine({ hold, onChanged }: { hold: Hold; onChanged: () => void }) {
  const [doing, setDoing] = useState<'extend' | 'release' | null>(null);
  const [text, setText] = useState('');
  const [asked, setAsked] = useState<number | null>(null);
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (text.trim() === '') return;
    const done = await run(async () => {
      if (doing === 'release') {
        setAsked((await releaseHold(hold.id, text.trim())).approval);
      } else {
        await extendHold(hold.id, text.trim());
        announce(c.preservation.extended);
      }
    });
    if (!done) return;
    setDoing(null);
    setText('');
    onChanged();
  };
  const by = hold.placed_by?.name ?? c.preservation.service;
  return (
    <li class="line stack-tight" data-hold={hold.state}>
      <p>
        <strong>{c.preservation.line(c.names.bases[hold.basis], shortId(hold.case))}</strong>
      </p>
      <p class="small">
        {c.names.holds[hold.state]}, {c.preservation.until(dateAndTime(hold.until_ms))}, {c.preservation.items(hold.items)},{' '}
        {c.preservation.placedBy(by, dateAndTime(hold.placed_ms))}
      </p>
      <p class="small muted">
        <code class="hash">{hold.case}</code>
        {hold.reference !== '' && ` · ${hold.reference}`}
      </p>
      {asked !== null && (
        <Note tone="ok" role="status">
          <p>{c.preservation.asked(asked)}</p>
        </Note>
      )}
      {may('hold_evidence') && hold.state === 'live' && (
        <div class="row">
          <Button class="small-button" onClick={() => setDoing('extend')}>
            {c.preservation.extend}
            <span class="visually-hidden"> {shortId(hold.case)}</span>
          </Button>
          <Button class="small-button" onClick={() => setDoing('release')}>
            {c.preservation.release}
            <span class="visually-hidden"> {shortId(hold.case)}</span>
          </Button>
        </div>
      )}
      {doing !== null && (
        <Dialog
          title={doing === 'extend' ? c.preservation.extend : c.preservation.release}
          onClose={() => setDoing(null)}
        >
          <form class="stack" onSubmit={(event) => void submit(event)}>
            <Reason
              label={doing === 'extend' ? c.preservation.reference : c.preservation.releaseReason}
              value={text}
              error=""
              onChange={setText}
            />
            <Problem text={problem} />
            <Button type="submit" look="primary" disabled={busy || text.trim() === ''}>
              {doing === 'extend' ? c.preservation.extend : c.preservation.release}
            </Button>
          </form>
        </Dialog>
      )}
    </li>
  );
}

function Place({ onPlaced }: { onPlaced: () => void }) {
  const [id, setId] = useState('');
  const [basis, setBasis] = useState<Basis>('letter_2703f');
  const [days, setDays] = useState('');
  const [reference, setReference] = useState('');
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const done = await run(async () => {
      await placeHold({ case: id.trim(), basis, reference: reference.trim(), ...(days === '' ? {} : { days: Number(days) }) });
    });
    if (!done) return;
    announce(c.preservation.placed);
    setId('');
    setReference('');
    onPlaced();
  };
  return (
    <Section title={c.preservation.place}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field label={c.preservation.caseId}>
          {(ids) => (
            <input {...ids} value={id} pattern={ID} required spellcheck={false} onInput={(event) => setId(event.currentTarget.value)} />
          )}
        </Field>
        <Field label={c.preservation.basis}>
          {(ids) => (
            <select {...ids} value={basis} onChange={(event) => setBasis(event.currentTarget.value as Basis)}>
              {bases.map((one) => (
                <option key={one} value={one}>
                  {c.names.bases[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={c.preservation.days}>
          {(ids) => (
            <input {...ids} type="number" min={1} max={1825} value={days} onInput={(event) => setDays(event.currentTarget.value)} />
          )}
        </Field>
        <Field label={c.preservation.reference}>
          {(ids) => (
            <input {...ids} value={reference} required maxLength={200} onInput={(event) => setReference(event.currentTarget.value)} />
          )}
        </Field>
        <Problem text={problem} />
        <Button type="submit" disabled={busy}>
          {c.preservation.place}
        </Button>
      </form>
    </Section>
  );
}

/** Whoever holds evidence gets a file to hand over. It is saved and never shown. */
function HandOver() {
  const [id, setId] = useState('');
  const [item, setItem] = useState('1');
  const [reason, setReason] = useState('');
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (reason.trim() === '') return;
    await run(async () => saveAs(await readHeld(id.trim(), Number(item), reason.trim()), `held-${id.trim().slice(0, 8)}-${item}.bin`));
  };
  return (
    <Section title={c.preservation.handOver}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{c.preservation.handOverBody}</p>
        <Field label={c.preservation.caseId}>
          {(ids) => (
            <input {...ids} value={id} pattern={ID} required spellcheck={false} onInput={(event) => setId(event.currentTarget.value)} />
          )}
        </Field>
        <Field label={c.preservation.item}>
          {(ids) => (
            <input {...ids} type="number" min={0} required value={item} onInput={(event) => setItem(event.currentTarget.value)} />
          )}
        </Field>
        <Reason label={c.preservation.handOverReason} value={reason} error="" onChange={setReason} />
        <Problem text={problem} />
        <Button type="submit" disabled={busy || reason.trim() === ''}>
          {c.preservation.handOverSend}
        </Button>
      </form>
    </Section>
  );
}

function Destroy() {
  const [id, setId] = useState('');
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState<number | null>(null);
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(null);
    if (reason.trim() === '') return;
    await run(async () => {
      setAsked((await destroyCase(id.trim(), reason.trim())).approval);
    });
  };
  return (
    <Section title={c.preservation.destroy}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{c.preservation.destroyBody}</p>
        <Field label={c.preservation.caseId}>
          {(ids) => (
            <input {...ids} value={id} pattern={ID} required spellcheck={false} onInput={(event) => setId(event.currentTarget.value)} />
          )}
        </Field>
        <Reason label={c.preservation.destroyReason} value={reason} error="" onChange={setReason} />
        <Problem text={problem} />
        {asked !== null && (
          <Note tone="ok" role="status">
            <p>{c.preservation.asked(asked)}</p>
          </Note>
        )}
        <Button type="submit" disabled={busy || reason.trim() === ''}>
          {c.preservation.destroySend}
        </Button>
      </form>
    </Section>
  );
}

function Certificates() {
  const [certificates, problem] = useReading(listCertificates, 'certificates');
  return (
    <Section title={c.preservation.certificates}>
      {certificates === null ? (
        <Loading problem={problem} />
      ) : (
        <ul class="stack-tight">
          {certificates.length === 0 && <li class="muted">{c.preservation.noCertificates}</li>}
          {certificates.map((one) => (
            <li key={one.id}>
              <details>
                <summary>
                  {c.preservation.certificate(one.id, dateAndTime(one.destroyed_ms))}, {c.preservation.items(one.items)}
                </summary>
                <pre class="xml" tabIndex={0} aria-label={c.preservation.certificate(one.id, dateAndTime(one.destroyed_ms))}>
                  {one.text}
                </pre>
                <p class="small muted">
                  {c.preservation.signature}: <code class="hash">{one.signature_b64}</code>
                </p>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
