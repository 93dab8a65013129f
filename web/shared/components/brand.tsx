import { t } from '../strings/index.ts';

/** A lighthouse of three strokes; its beam is the only filled shape. The same drawing as public/brand.svg. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M18 7.500 31 2.500v10z" fill="var(--beam)" />
      <g fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round">
        <path d="M10 12 7 29" />
        <path d="M18 12l3 17" />
        <path d="M9 12V7l5-4 5 4v5z" />
      </g>
    </svg>
  );
}

export function Brand() {
  return (
    <span class="brand">
      <BrandMark />
      {t.brand}
    </span>
  );
}
