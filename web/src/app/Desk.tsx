import { SecondFactorPage } from '../features/session/SecondFactorPage.tsx';
import { InvitationPage } from '../features/session/InvitationPage.tsx';
import { DepositPage } from '../features/deposit/DepositPage.tsx';
import { VisitsPage } from '../features/desk/VisitsPage.tsx';
import { ProfilePage } from '../features/profile/ProfilePage.tsx';
import { ShiftPage } from '../features/shift/ShiftPage.tsx';
import { teachDesk } from '../i18n/desk/index.ts';

// Whatever shows the desk's words comes through here.
teachDesk();

/** A person's own account; what sets the second factor up is the session's. */
export function ProfileView() {
  return <ProfilePage secondFactor={<SecondFactorPage />} />;
}

export { DepositPage, InvitationPage, ShiftPage, VisitsPage };
