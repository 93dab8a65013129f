// One catalogue per language. A new language is a file beside en.ts of the type Strings and one line here.
import { en, type Strings } from './en.ts';

const catalogues: Record<string, Strings> = { en };

function choose(): Strings {
  for (const wanted of navigator.languages) {
    const found = catalogues[wanted.slice(0, 2)];
    if (found !== undefined) return found;
  }
  return en;
}

export const t: Strings = choose();
document.documentElement.lang = t.language;
