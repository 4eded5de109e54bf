/** A tab that waits for the gateway's address; browsers allow it only at the moment of the click. */
export interface GatewayTab {
  go(address: string): void;
  close(): void;
}

/** Opens an empty tab now. Where the browser refuses, the page's own link to the gateway remains. */
export function openGatewayTab(message: string): GatewayTab {
  const tab = window.open('', '_blank');
  if (tab) {
    tab.opener = null;
    tab.document.title = message;
    tab.document.body.textContent = message;
  }
  return {
    go: (address) => tab?.location.replace(address),
    close: () => tab?.close(),
  };
}
