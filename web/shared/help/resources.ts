// Whom a person can talk to, by country, from resources.json. An operator edits that file; docs/how-to/help-resources.md
// says how. The file is part of the page: choosing a country asks nobody anything.
import shipped from './resources.json';

export const kinds = ['children', 'threats', 'crisis', 'own_thoughts', 'report'] as const;
export type HelpKind = (typeof kinds)[number];

export interface HelpResource {
  /** Two capital letters (ISO 3166), or EU. */
  country: string;
  kind: HelpKind;
  name: string;
  /** As people dial it; null where there is only a page. */
  phone: string | null;
  url: string;
  languages: string[];
  /** Where it was looked up. */
  source: string;
  /** The day on which somebody looked it up (YYYY-MM-DD); null: nobody of this service has yet. */
  checked: string | null;
}

const FIELDS = ['country', 'kind', 'name', 'phone', 'url', 'languages', 'source', 'checked'];
const MOST = 1000;

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.trim() === value && value !== '' && value.length <= most;

function isPage(value: unknown): boolean {
  if (!isText(value, 300)) return false;
  try {
    const url = new URL(value);
    return url.protocol === 'https:' && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}

function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

/** Throws a RangeError that names the entry and the field: a wrong number is worse than none. */
export function readResources(file: unknown): HelpResource[] {
  const { format, resources } = (file ?? {}) as { format?: unknown; resources?: unknown };
  if (format !== 'lightkeeper-help-v1' || !Array.isArray(resources) || resources.length > MOST) {
    throw new RangeError('not a list of help in the format lightkeeper-help-v1');
  }
  return resources.map((entry: unknown, at): HelpResource => {
    const need = (holds: boolean, field: string): void => {
      if (!holds) throw new RangeError(`help resource ${at + 1}: ${field}`);
    };
    need(typeof entry === 'object' && entry !== null, 'not an object');
    const one = entry as Record<string, unknown>;
    for (const field of Object.keys(one)) need(FIELDS.includes(field), `unknown field ${field}`);
    need(isText(one.country, 2) && /^[A-Z]{2}$/.test(one.country), 'country');
    need((kinds as readonly unknown[]).includes(one.kind), 'kind');
    need(isText(one.name, 100), 'name');
    need(one.phone === null || (isText(one.phone, 30) && /^\+?[0-9][0-9 -]+$/.test(one.phone)), 'phone');
    need(isPage(one.url), 'url');
    need(Array.isArray(one.languages) && one.languages.every((tag) => isText(tag, 12) && /^[a-z]{2,3}$/.test(tag)), 'languages');
    need(isPage(one.source), 'source');
    need(one.checked === null || isDay(one.checked), 'checked');
    return one as unknown as HelpResource;
  });
}

export const helpResources: readonly HelpResource[] = readResources(shipped);

export const countriesOf = (resources: readonly HelpResource[]): string[] => [...new Set(resources.map((one) => one.country))];

/** Those of one country, with the kind that matters at this moment first. */
export const helpIn = (resources: readonly HelpResource[], country: string, first: HelpKind): HelpResource[] =>
  [first, ...kinds.filter((kind) => kind !== first)].flatMap((kind) =>
    resources.filter((one) => one.country === country && one.kind === kind),
  );

/** A guess from the browser's language alone ("en-GB"), for a list that the person can change; '' for none. */
export const guessCountry = (countries: readonly string[], languages: readonly string[]): string =>
  languages.map((tag) => /-([A-Z]{2})\b/.exec(tag)?.[1] ?? '').find((region) => countries.includes(region)) ?? '';
