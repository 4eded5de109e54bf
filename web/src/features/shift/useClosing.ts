import { useEffect, useState } from 'react';
import type { PaymentMethod, Shift } from '../../api/types.ts';
import { useKept } from '../../ui/useKept.ts';

/** What was counted so far of each method. */
export type Amounts = Partial<Record<PaymentMethod, number>>;

/** A count that is under way: it lives through a reload. */
export interface Counting {
  amounts: Amounts;
  note: string;
}

interface Kept extends Counting {
  shift: string;
  open: boolean;
}

const nothing: Counting = { amounts: {}, note: '' };

/** The shift that is being closed. Its dialog stays, with what the count came to, until it is dismissed, although the shift is open no more by then. */
export function useClosing(open: Shift[]) {
  const [kept, keep] = useKept<Kept | undefined>('counting', undefined);
  const [held, hold] = useState<Shift>();
  const found = kept?.open ? open.find(({ id }) => id === kept.shift) : undefined;
  useEffect(() => {
    if (found) hold(found);
  }, [found]);
  return {
    shift: found ?? held,
    counting: kept ?? nothing,
    begin(shift: Shift) {
      hold(shift);
      keep({ ...nothing, ...(kept?.shift === shift.id && kept), shift: shift.id, open: true });
    },
    count(shift: Shift, counting: Counting) {
      keep({ ...counting, shift: shift.id, open: true });
    },
    /** Puts the dialog away; what was counted waits for the next time. */
    pause() {
      hold(undefined);
      if (kept) keep({ ...kept, open: false });
    },
    end() {
      hold(undefined);
      keep(undefined);
    },
  };
}
