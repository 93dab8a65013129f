// The facts that only a person can set. Everything else of a report comes from the case by itself.
import { outlets, type Outlet, type TipAnswer, type TipFacts, type TipFile } from '../../../shared/api/reporting_api.ts';
import { Button, Field } from '../../../shared/components/parts.tsx';
import { c } from '../../strings/index.ts';

/** Where a finding of the linter (a JSON pointer or a field's name) can be mended in this form. */
const places: [RegExp, string][] = [
  [/incident.*(type|kind)/, 'incident_type'],
  [/incident.*denotes|time_denotes/, 'time_denotes'],
  [/incident.*(time|_ms|at\b)/, 'incident_ms'],
  [/escalate/, 'escalate_reason'],
  [/files?\b/, 'files'],
  [/annotations/, 'annotations'],
  [/narrative/, 'narrative'],
  [/victims?/, 'victims'],
  [/jurisdiction|countr/, 'jurisdiction'],
  [/outlet/, 'outlet'],
];

const placeOf = (field: string): string | undefined => places.find(([pattern]) => pattern.test(field))?.[1];

export const canBeMendedHere = (field: string): boolean => placeOf(field) !== undefined;

export function fieldElement(field: string): HTMLElement | null {
  const place = placeOf(field);
  if (place === undefined) return null;
  const part = document.querySelector<HTMLElement>(`[data-facts] [data-field="${place}"]`);
  return part?.querySelector<HTMLElement>('input, select, textarea, button') ?? part;
}

const toField = (ms: number): string => (ms > 0 ? new Date(ms).toISOString().slice(0, 19) : '');
const fromField = (text: string): number => {
  const ms = Date.parse(`${text}${text.length === 16 ? ':00' : ''}Z`);
  return Number.isNaN(ms) ? 0 : ms;
};

interface Props {
  facts: TipFacts;
  advice: NonNullable<TipAnswer['outlets']>;
  onChange: (facts: TipFacts) => void;
}

export function FactsForm({ facts, advice, onChange }: Props) {
  const set = (change: Partial<TipFacts>): void => onChange({ ...facts, ...change });
  return (
    <>
      <div data-field="outlet">
        <Field label={c.tip.outlet}>
          {(ids) => (
            <select {...ids} value={facts.outlet} onChange={(event) => set({ outlet: event.currentTarget.value as Outlet })}>
              {outlets.map((one) => (
                <option key={one} value={one}>
                  {c.names.outlets[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {advice.length > 0 && (
          <ul class="small muted">
            {advice.map((one) => (
              <li key={one.outlet}>
                {c.tip.advice(c.names.outlets[one.outlet], one.applies, one.why)}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div data-field="jurisdiction">
        <Field label={c.tip.jurisdiction} hint={c.tip.jurisdictionHint}>
          {(ids) => (
            <input
              {...ids}
              defaultValue={facts.jurisdiction.join(' ')}
              maxLength={64}
              pattern="([A-Za-z]{2}[ ,]*)*"
              onInput={(event) =>
                set({ jurisdiction: event.currentTarget.value.toUpperCase().split(/[ ,]+/).filter((one) => one !== '') })
              }
            />
          )}
        </Field>
      </div>
      <div data-field="incident_type">
        <Field label={c.tip.incidentType}>
          {(ids) => (
            <select
              {...ids}
              required
              value={facts.incident_type}
              onChange={(event) => set({ incident_type: event.currentTarget.value })}
            >
              <option value="">{c.tip.choose}</option>
              {c.tip.incidentTypes.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div data-field="incident_ms">
        <Field label={c.tip.incidentTime}>
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              required
              step={1}
              value={toField(facts.incident_ms)}
              onChange={(event) => set({ incident_ms: fromField(event.currentTarget.value) })}
            />
          )}
        </Field>
      </div>
      <div data-field="time_denotes">
        <Field label={c.tip.timeDenotes} hint={c.tip.timeDenotesHint}>
          {(ids) => (
            <input
              {...ids}
              required
              value={facts.time_denotes}
              maxLength={500}
              onInput={(event) => set({ time_denotes: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      <div data-field="escalate_reason" class="stack-tight">
        <label class="choice">
          <input
            type="checkbox"
            checked={facts.escalate_reason !== null}
            onChange={(event) => set({ escalate_reason: event.currentTarget.checked ? '' : null })}
          />
          <span>{c.tip.escalate}</span>
        </label>
        {facts.escalate_reason !== null && (
          <Field label={c.tip.escalateReason}>
            {(ids) => (
              <textarea
                {...ids}
                required
                rows={2}
                maxLength={2000}
                value={facts.escalate_reason ?? ''}
                onInput={(event) => set({ escalate_reason: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
      </div>
      <Annotations
        field="annotations"
        legend={c.tip.annotations}
        all={c.tip.reportAnnotations}
        chosen={facts.annotations}
        onChange={(annotations) => set({ annotations })}
      />
      <div data-field="narrative">
        <Field label={c.tip.narrative} hint={c.tip.narrativeHint}>
          {(ids) => (
            <textarea
              {...ids}
              required
              rows={6}
              maxLength={1200}
              value={facts.narrative}
              onInput={(event) => set({ narrative: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      <Files files={facts.files} onChange={(files) => set({ files })} />
      <Victims victims={facts.victims} onChange={(victims) => set({ victims })} />
    </>
  );
}

interface AnnotationsProps {
  field: string;
  legend: string;
  all: [string, string][];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

function Annotations({ field, legend, all, chosen, onChange }: AnnotationsProps) {
  return (
    <fieldset class="stack-tight" data-field={field}>
      <legend class="legend">{legend}</legend>
      <div class="choices">
        {all.map(([value, words]) => (
          <label class="choice tight" key={value}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={(event) =>
                onChange(event.currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
              }
            />
            <span>{words}</span>
          </label>
        ))}
      </div>
      {chosen.length === 0 && <p class="small muted">{c.tip.noneApply}</p>}
    </fieldset>
  );
}

function Files({ files, onChange }: { files: TipFile[]; onChange: (files: TipFile[]) => void }) {
  if (files.length === 0) return null;
  const set = (at: number, change: Partial<TipFile>): void =>
    onChange(files.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <fieldset class="stack" data-field="files">
      <legend class="legend">{c.tip.files}</legend>
      {files.map((file, at) => (
        <details key={file.item} class="stack-tight" open={files.length === 1}>
          <summary>{c.tip.file(file.item)}</summary>
          <div class="stack-tight">
            <Field label={`${c.tip.file(file.item)}: ${c.tip.relevance}`}>
              {(ids) => (
                <select {...ids} value={file.relevance} onChange={(event) => set(at, { relevance: event.currentTarget.value })}>
                  {c.tip.relevances.map(([value, words]) => (
                    <option key={value} value={value}>
                      {words}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label={`${c.tip.file(file.item)}: ${c.tip.classification}`}>
              {(ids) => (
                <select
                  {...ids}
                  value={file.classification ?? ''}
                  onChange={(event) => set(at, { classification: event.currentTarget.value === '' ? null : event.currentTarget.value })}
                >
                  <option value="">{c.tip.classificationNone}</option>
                  {c.tip.classifications.map((one) => (
                    <option key={one} value={one}>
                      {one}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Annotations
              field={`files/${file.item}`}
              legend={c.tip.fileAnnotations(file.item)}
              all={c.tip.fileAnnotationList}
              chosen={file.annotations}
              onChange={(annotations) => set(at, { annotations })}
            />
          </div>
        </details>
      ))}
    </fieldset>
  );
}

type Victim = TipFacts['victims'][number];

function Victims({ victims, onChange }: { victims: Victim[]; onChange: (victims: Victim[]) => void }) {
  const set = (at: number, change: Partial<Victim>): void =>
    onChange(victims.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <fieldset class="stack" data-field="victims">
      <legend class="legend">{c.tip.victims}</legend>
      {victims.map((one, at) => (
        <div key={at} class="stack-tight">
          <Field label={`${c.tip.victim(at + 1)}: ${c.tip.age}`}>
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={0}
                max={130}
                value={one.age ?? ''}
                onInput={(event) => set(at, { age: event.currentTarget.value === '' ? null : event.currentTarget.valueAsNumber })}
              />
            )}
          </Field>
          <Field label={`${c.tip.victim(at + 1)}: ${c.tip.victimAccount}`}>
            {(ids) => (
              <input
                {...ids}
                value={one.account ?? ''}
                maxLength={128}
                onInput={(event) => set(at, { account: event.currentTarget.value.trim() === '' ? null : event.currentTarget.value.trim() })}
              />
            )}
          </Field>
          <Button look="quiet" onClick={() => onChange(victims.filter((_, index) => index !== at))}>
            {c.tip.removeVictim(at + 1)}
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...victims, { age: null, account: null }])}>{c.tip.addVictim}</Button>
    </fieldset>
  );
}
