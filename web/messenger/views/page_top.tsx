import type { ComponentChildren } from 'preact';
import { Icon } from '../../shared/components/icon.tsx';
import { PageHeading } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';

/** The way back to the conversations, and the page's name. */
export function PageTop({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="button quiet back" href={link()}>
        <Icon name="back" />
        {t.common.back}
      </a>
      <PageHeading>{children}</PageHeading>
    </>
  );
}
