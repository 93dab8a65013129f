// The small parts every page is made of, on native elements.
import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../strings/index.ts';
import { Icon, type IconName } from './icon.tsx';

type ButtonProps = JSX.IntrinsicElements['button'] & { look?: 'primary' | 'quiet' | 'plain'; icon?: IconName };

export function Button({ look, icon, children, class: extra, ...rest }: ButtonProps) {
  const classes = ['button', look, extra].filter(Boolean).join(' ');
  return (
    <button type="button" {...rest} class={classes}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface FieldProps {
  label: string;
  hint?: string;
  error?: string;
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }) => ComponentChildren;
}

/** A label, a control, a hint and an error that belong together for the eye and for a screen reader. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(described === '' ? {} : { 'aria-describedby': described }),
        ...(error === undefined || error === '' ? {} : { 'aria-invalid': 'true' as const }),
      })}
      {hint && (
        <span class="small muted" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span class="state alert small" id={`${id}-error`}>
          <Icon name="alert" />
          {error}
        </span>
      )}
    </div>
  );
}

type Tone = 'info' | 'ok' | 'warn' | 'alert';
const toneIcons: Record<Tone, IconName> = { info: 'info', ok: 'check', warn: 'alert', alert: 'alert' };

export function Note({ tone, role, children }: { tone: Tone; role?: 'alert' | 'status'; children: ComponentChildren }) {
  return (
    <div class={`note ${tone}`} {...(role === undefined ? {} : { role })}>
      <Icon name={toneIcons[tone]} />
      <div class="stack-tight">{children}</div>
    </div>
  );
}

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  actions?: ComponentChildren;
}

/** A modal on the native element: it traps and returns the focus and closes with Escape by itself. */
export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby={heading} onClose={onClose}>
      <div class="stack">
        <h2 id={heading}>{title}</h2>
        {children}
        <div class="row">
          {actions}
          <Button onClick={() => element.current?.close()}>{t.common.close}</Button>
        </div>
      </div>
    </dialog>
  );
}

/** Read out by screen readers whenever `text` is set anew; the counter makes a repeated text a new one. */
export function LiveRegion({ text, count }: { text: string; count: number }) {
  return (
    <div class="visually-hidden" aria-live="polite" role="status">
      <span key={count}>{text}</span>
    </div>
  );
}

/** Moves the focus to the heading of a page that has just replaced another one, before the next key can be pressed. */
export function PageHeading({ children }: { children: ComponentChildren }) {
  const element = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => element.current?.focus(), []);
  return (
    <h1 ref={element} tabIndex={-1}>
      {children}
    </h1>
  );
}
