import { t } from '../strings/index.ts';

/** A lighthouse of three strokes; its beam is the only filled shape. The same drawing as public/brand.svg. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M14 9 29 4v10z" fill="var(--beam)" />
      <path
        d="M11 11 9 28M15 11l2 17M8 11h10"
        fill="none"
        stroke="currentColor"
        stroke-width="2.25"
        stroke-linecap="round"
      />
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
