// People who can help, in the country that the person chooses. Nothing is asked of anybody until a link is followed.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { Button, Dialog, Field } from '../../shared/components/parts.tsx';
import { countriesOf, guessCountry, helpIn, helpResources, type HelpKind, type HelpResource } from '../../shared/help/resources.ts';
import { t } from '../../shared/strings/index.ts';

const countries = countriesOf(helpResources);
/** For as long as this page is open; it is not stored. */
const chosen = signal<string | null>(null);

export function HelpDialog({ first = 'children', onClose }: { first?: HelpKind; onClose: () => void }) {
  return (
    <Dialog title={t.help.title} onClose={onClose}>
      {t.help.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <HelpList first={first} />
    </Dialog>
  );
}

/** A button that opens the same. */
export function HelpButton({ label, first }: { label: string; first: HelpKind }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{label}</Button>
      {open && <HelpDialog first={first} onClose={() => setOpen(false)} />}
    </>
  );
}

export function HelpList({ first }: { first: HelpKind }) {
  const country = chosen.value ?? guessCountry(countries, navigator.languages);
  const nameOf = new Intl.DisplayNames([t.language], { type: 'region', fallback: 'code' });
  const inOrder = [...countries].sort((a, b) => (nameOf.of(a) ?? a).localeCompare(nameOf.of(b) ?? b, t.language));
  return (
    <div class="stack-tight" data-help={country}>
      <Field label={t.help.country} hint={t.help.countryHint}>
        {(ids) => (
          <select {...ids} value={country} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            <option value="">{t.help.choose}</option>
            {inOrder.map((code) => (
              <option key={code} value={code}>
                {nameOf.of(code)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <ul class="plain-list stack-tight">
        {helpIn(helpResources, country, first).map((one) => (
          <li key={`${one.kind} ${one.name}`} data-help-kind={one.kind}>
            <Resource resource={one} />
          </li>
        ))}
      </ul>
      <p>
        <a href="https://childhelplineinternational.org/helplines/" target="_blank" rel="noreferrer noopener">
          {t.help.find}
        </a>
      </p>
    </div>
  );
}

function Resource({ resource }: { resource: HelpResource }) {
  const names = new Intl.DisplayNames([t.language], { type: 'language' });
  const languages = t.common.and(resource.languages.map((tag) => names.of(tag) ?? tag));
  return (
    <>
      <span class="small muted">{t.help.kinds[resource.kind]}</span>
      {resource.phone !== null && (
        <p>
          <a href={`tel:${resource.phone.replace(/[ -]/g, '')}`}>{t.help.call(resource.name, resource.phone)}</a>
        </p>
      )}
      <p>
        <a href={resource.url} target="_blank" rel="noreferrer noopener">
          {t.help.visit(resource.name)}
        </a>{' '}
        <span class="small muted">
          {languages !== '' && `${t.help.languages(languages)}. `}
          {resource.checked === null ? t.help.unchecked : t.help.checked(resource.checked)}
        </span>
      </p>
    </>
  );
}
