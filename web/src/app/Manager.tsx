import { AgreementsPage } from '../features/manager/AgreementsPage.tsx';
import { DevicesPage } from '../features/manager/DevicesPage.tsx';
import { ManagerFrame } from '../features/manager/ManagerFrame.tsx';
import { StaffPage } from '../features/manager/StaffPage.tsx';
import { UsagePage } from '../features/manager/UsagePage.tsx';
import { teachDesk } from '../i18n/desk/index.ts';

teachDesk();

export { AgreementsPage, DevicesPage, ManagerFrame, StaffPage, UsagePage };
