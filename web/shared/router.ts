// Hash routes, because one static page serves them all and what stands behind # is never sent to the service.
import { signal, type ReadonlySignal } from '@preact/signals';

export type Route = readonly string[];

function read(): Route {
  return location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
}

const current = signal<Route>(read());
addEventListener('hashchange', () => {
  current.value = read();
});

export const route: ReadonlySignal<Route> = current;

export function link(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export function go(...parts: string[]): void {
  location.hash = link(...parts);
}

/** Leaves no way back: for codes that are used up and for pages behind a sign-in. */
export function replace(...parts: string[]): void {
  history.replaceState(null, '', link(...parts));
  current.value = read();
}
