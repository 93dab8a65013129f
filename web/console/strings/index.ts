// The console's own catalogue, apart from the messenger's. A new language is a file beside en.ts and one line here.
import { en, type ConsoleStrings } from './en.ts';

const catalogues: Record<string, ConsoleStrings> = { en };

function choose(): ConsoleStrings {
  for (const wanted of navigator.languages) {
    const found = catalogues[wanted.slice(0, 2)];
    if (found !== undefined) return found;
  }
  return en;
}

export const c: ConsoleStrings = choose();
