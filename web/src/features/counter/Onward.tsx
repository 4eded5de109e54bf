import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useMay } from '../../api/session.tsx';
import type { Inquiry } from '../../api/types.ts';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import { hasPaid, ownOrders } from './selection.ts';

interface OnwardProps {
  inquiry: Inquiry;
  /** How many dues could be ordered now. */
  payable: number;
  veiled: boolean;
}

/** Where the work on this vehicle goes on: in the office's unfinished order, or in the visit in which it was paid. */
export function Onward({ inquiry, payable, veiled }: OnwardProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const visits = useMay('orders.read');
  const [order] = ownOrders(inquiry);
  const to = `/orders/${order}`;
  // Where something can be ordered besides, the key is the new order's.
  const keyed = order !== undefined && payable === 0 && !veiled;
  useShortcut('submit', () => void navigate(to), keyed);
  const { plate } = inquiry.vehicle;
  if (order !== undefined) {
    return <div><Button component={Link} to={to} size="md" variant={payable === 0 ? 'filled' : 'light'} aria-keyshortcuts={keyed ? 'Control+Enter' : undefined}>{t('inquiry.resumeOwn')}</Button></div>;
  }
  if (payable > 0 || plate === undefined || !visits || !hasPaid(inquiry)) return null;
  return <div><Button component={Link} to="/visits" state={{ plate }} variant="default">{t('inquiry.findVisit')}</Button></div>;
}
