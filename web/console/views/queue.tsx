import { useEffect, useState } from 'preact/hooks';
import { forgetView, saveView } from '../../shared/api/case_api.ts';
import type { Harm, QueueEntry, QueueView } from '../../shared/api/case_types.ts';
import { Button, Dialog, Field } from '../../shared/components/parts.tsx';
import { Icon } from '../../shared/components/icon.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { caseViews, harms } from '../state/lists.ts';
import { isMe } from '../state/permissions.ts';
import * as queue from '../state/queue.ts';
import { c } from '../strings/index.ts';
import { fromNow } from '../words.ts';
import { BandBadge } from './badges.tsx';
import { Problem, useDeed } from './parts.tsx';
import { PriorityList } from './priority.tsx';

export function Queue({ open }: { open: string | null }) {
  const { view, harm, q } = queue.query.value;
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  const total = queue.total.value;
  const overdue = queue.statistics.value?.overdue ?? 0;
  return (
    <>
      <div class="queue-tools stack-tight">
        <div class="queue-filters">
          <Field label={c.queue.view}>
            {(ids) => (
              <select {...ids} value={view} onChange={(event) => void queue.ask({ view: event.currentTarget.value as QueueView })}>
                {caseViews.map((one) => (
                  <option key={one} value={one}>
                    {c.queue.views[one]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={c.queue.harm}>
            {(ids) => (
              <select {...ids} value={harm} onChange={(event) => void queue.ask({ harm: event.currentTarget.value as Harm | '' })}>
                <option value="">{c.queue.anyHarm}</option>
                {harms.map((one) => (
                  <option key={one} value={one}>
                    {c.names.harms[one]}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            void queue.ask({ q: text.trim() });
          }}
        >
          <Field label={c.queue.search} hint={c.queue.searchHint}>
            {(ids) => (
              <input
                {...ids}
                type="search"
                data-search
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
                maxLength={128}
                autocomplete="off"
                spellcheck={false}
              />
            )}
          </Field>
        </form>
        <SavedViews />
        <p class="small" role="status">
          {queue.grown.value && c.queue.grown}
        </p>
        <div class="row spread">
          <span class="small muted" role="status">
            {total === null ? t.common.loading : c.queue.total(total)}
            {overdue > 0 && view === 'queue' && `, ${c.queue.overdue(overdue)}`}
          </span>
          <Button look="quiet" onClick={() => void queue.reload()}>
            {c.queue.refresh}
          </Button>
        </div>
      </div>
      <Problem text={queue.queueProblem.value} />
      {queue.cases.value.length === 0 && total !== null ? (
        <div class="queue-empty stack-tight">
          <h2>{c.queue.none}</h2>
          <p class="muted">{queue.query.value.q !== '' || harm !== '' ? c.queue.noneFound : c.queue.noneHint}</p>
        </div>
      ) : (
        <ul class="queue-list">
          {queue.cases.value.map((one) => (
            <Entry key={one.case} one={one} open={open} />
          ))}
        </ul>
      )}
      {queue.more.value && (
        <div class="queue-tools">
          <Button onClick={() => void queue.loadMore()}>{c.queue.more}</Button>
        </div>
      )}
    </>
  );
}

/** Nothing of the content: what it is about, how much evidence of which kind, and until when. */
function Entry({ one, open }: { one: QueueEntry; open: string | null }) {
  const evidence = [
    c.queue.counts(one.verified, one.not_verified),
    ...(one.vouchers > 0 ? [c.queue.vouchers(one.vouchers)] : []),
    ...(one.provider_records > 0 ? [c.queue.records(one.provider_records)] : []),
  ];
  const flags = [
    ...(one.quarantined ? [c.queue.quarantined] : []),
    ...(one.escalated ? [c.queue.escalated] : []),
    ...(one.sampled ? [c.queue.sampled] : []),
    ...(one.needs_second ? [c.queue.needsSecond] : []),
    ...(one.assigned === null ? [] : [isMe(one.assigned.account) ? c.queue.withMe : c.queue.assigned(one.assigned.name)]),
  ];
  const late = one.due_ms < Date.now();
  const finished = one.state === 'decided';
  return (
    <li>
      <a
        class="queue-entry"
        data-case={one.case}
        href={link('cases', one.case)}
        {...(one.case === open ? { 'aria-current': 'page' as const } : {})}
      >
        <span class="row spread">
          <strong>{c.names.harms[one.harm] ?? one.harm}</strong>
          {finished && one.decision !== null ? (
            <span class="small muted">{c.names.decisions[one.decision]}</span>
          ) : (
            <BandBadge band={one.priority.band} />
          )}
        </span>
        <span class="small">
          {c.queue.number(one.number)} · {c.queue.reports(one.reports)} · {c.queue.messages(one.messages)}
        </span>
        <span class="small muted">{evidence.join(', ')}</span>
        {!finished && (
          <span class={`small ${late ? 'state alert' : 'muted'}`}>
            {late && <Icon name="clock" />}
            {late ? c.queue.overdueSince(fromNow(one.due_ms)) : c.queue.due(fromNow(one.due_ms))}
          </span>
        )}
        {flags.length > 0 && <span class="small muted">{flags.join(' · ')}</span>}
      </a>
    </li>
  );
}

function SavedViews() {
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const { busy, problem, run } = useDeed();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const saved = await run(async () => {
      await saveView({ name: name.trim(), query: queue.queryText(queue.query.value) });
      await queue.reloadSavedViews();
    });
    if (!saved) return;
    setNaming(false);
    setName('');
  };
  return (
    <details class="saved-views">
      <summary>{c.queue.saved}</summary>
      <div class="stack-tight">
        <ul class="stack-tight">
          {queue.savedViews.value.map((one) => (
            <li key={one.name} class="row">
              <Button look="quiet" onClick={() => void queue.ask(queue.readQueryText(one.query))}>
                {one.name}
              </Button>
              <Button
                look="plain"
                icon="close"
                aria-label={c.queue.removeView(one.name)}
                onClick={() => void run(async () => forgetView(one.name).then(queue.reloadSavedViews))}
              />
            </li>
          ))}
        </ul>
        <Problem text={problem} />
        <Button onClick={() => setNaming(true)}>{c.queue.save}</Button>
      </div>
      {naming && (
        <Dialog title={c.queue.save} onClose={() => setNaming(false)}>
          <form class="stack" onSubmit={(event) => void save(event)}>
            <Field label={c.queue.saveName}>
              {(ids) => (
                <input {...ids} value={name} maxLength={64} required onInput={(event) => setName(event.currentTarget.value)} />
              )}
            </Field>
            <Problem text={problem} />
            <Button type="submit" look="primary" disabled={busy || name.trim() === ''}>
              {c.queue.saveYes}
            </Button>
          </form>
        </Dialog>
      )}
    </details>
  );
}

export function WhyDialog({ one, onClose }: { one: QueueEntry; onClose: () => void }) {
  return (
    <Dialog title={c.queue.why} onClose={onClose}>
      <p>
        {c.queue.number(one.number)}: {c.queue.score(one.priority.score)}
      </p>
      <PriorityList parts={one.priority.parts} />
    </Dialog>
  );
}
