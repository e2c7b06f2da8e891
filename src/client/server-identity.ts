/** Whether a certificate is that of a server which is reached by an address, for clients that do not tell Node which address that is. */
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";

/** For `tls.connect`: such a client calls the server `localhost`. @param hosts by which it may be reached */
export function identityOf(hosts: readonly string[]): typeof checkServerIdentity {
  const addresses = hosts.map(host => host.replaceAll(/[[\]]/g, "")).filter(host => isIP(host) > 0);
  return (host, certificate) => {
    if (host !== "localhost" || addresses.length === 0) return checkServerIdentity(host, certificate);
    const faults = addresses.map(address => checkServerIdentity(address, certificate));
    return faults.includes(undefined) ? undefined : faults[0];
  };
}
