/**
 * What this machine remembers besides language and colour scheme: the method by which its people usually pay, the paper in its printer, and the port at which its
 * card terminal's agent listens. Nothing of any visit.
 */
const choices = {
  method: /^(terminal|gateway|deposit|bank)$/,
  paper: /^(a4|roll)$/,
  agent: /^[1-9][0-9]{0,4}$/,
};

/** Names a choice of the machine. */
export type Choice = keyof typeof choices;

const place = (choice: Choice) => `mofasa.${choice}`;

/** The choice as it was last made on this machine; undefined where it never was, or is none. */
export function remembered(choice: Choice): string | undefined {
  const kept = localStorage.getItem(place(choice)) ?? '';
  return choices[choice].test(kept) ? kept : undefined;
}

/** Keeps a choice for the next visit. */
export function remember(choice: Choice, value: string): void {
  if (choices[choice].test(value)) localStorage.setItem(place(choice), value);
}
