/** The cache keys that several features share. */
export const keys = {
  order: (id: string) => ['order', id] as const,
  certificate: (serial: string) => ['certificate', serial] as const,
  certificatePdf: (serial: string) => ['certificate', serial, 'pdf'] as const,
};
