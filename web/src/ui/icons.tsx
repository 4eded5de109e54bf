import type { ReactNode } from 'react';

interface IconProps {
  size?: number;
}

function icon(drawing: ReactNode) {
  return function Icon({ size = 18 }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {drawing}
      </svg>
    );
  };
}

/** The few signs of the portal, decorative: the words beside them carry the meaning. */
export const CheckIcon = icon(<path d="M5 12.5l5 5L19.5 7" />);
export const CopyIcon = icon(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2.5" />
    <path d="M5 15H4.5A1.5 1.5 0 013 13.5v-9A1.5 1.5 0 014.5 3h9A1.5 1.5 0 0115 4.5V5" />
  </>,
);
export const ChevronIcon = icon(<path d="M6 9l6 6 6-6" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M16 16l4.5 4.5" />
  </>,
);
export const WarningIcon = icon(
  <>
    <path d="M12 4L2.8 19.5h18.4L12 4z" />
    <path d="M12 10.5v4M12 17.2v.1" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 11v5.5M12 7.6v.1" />
  </>,
);
export const LockIcon = icon(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 018 0v3" />
  </>,
);
export const DocumentIcon = icon(
  <>
    <path d="M7 3h7l5 5v13H7a2 2 0 01-2-2V5a2 2 0 012-2z" />
    <path d="M14 3v5h5M9 13h6M9 17h6" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5.2l3.2 2" />
  </>,
);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4.2" />
    <path d="M12 2.8v2.4M12 18.8v2.4M2.8 12h2.4M18.8 12h2.4M5.5 5.5l1.7 1.7M16.8 16.8l1.7 1.7M18.5 5.5l-1.7 1.7M7.2 16.8l-1.7 1.7" />
  </>,
);
export const MoonIcon = icon(<path d="M20 14.2A8.2 8.2 0 019.8 4a8.2 8.2 0 1010.2 10.2z" />);
export const KeyboardIcon = icon(
  <>
    <rect x="2.5" y="6" width="19" height="12" rx="2.5" />
    <path d="M6.5 10h.1M10.2 10h.1M13.8 10h.1M17.5 10h.1M8 14h8" />
  </>,
);
export const CardIcon = icon(
  <>
    <rect x="3" y="5.5" width="18" height="13" rx="2.5" />
    <path d="M3 10h18M7 15h4" />
  </>,
);
export const GlobeIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18" />
  </>,
);
export const WalletIcon = icon(
  <>
    <path d="M4 7.5A2.5 2.5 0 016.5 5H18v3.5" />
    <path d="M4 7.5v9A2.5 2.5 0 006.5 19H20V8.5H6.5A2.5 2.5 0 014 7.5zM16 13.8h.1" />
  </>,
);
export const BankIcon = icon(<path d="M3.5 9.5L12 4l8.5 5.5zM5.5 10v8M10 10v8M14 10v8M18.5 10v8M3.5 20h17" />);
export const PrintIcon = icon(
  <>
    <path d="M7 8V3.5h10V8M7 17H5.5A2.5 2.5 0 013 14.5v-4A2.5 2.5 0 015.5 8h13a2.5 2.5 0 012.5 2.5v4a2.5 2.5 0 01-2.5 2.5H17" />
    <rect x="7" y="13.5" width="10" height="7" rx="1" />
  </>,
);
