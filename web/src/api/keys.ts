/** The cache keys that several features share. */
export const keys = {
  inquiry: (id: string) => ['inquiry', id] as const,
  inquiries: ['inquiry'] as const,
  order: (id: string) => ['order', id] as const,
  deposit: ['deposit'] as const,
  depositStanding: ['deposit', 'standing'] as const,
  certificate: (serial: string) => ['certificate', serial] as const,
  certificatePdf: (serial: string) => ['certificate', serial, 'pdf'] as const,
};
