/** Addresses and ports, wherever they are written: which are right, and what to say of those that are not. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue } from "../../faults.ts";
import { portName } from "../../names.ts";

const byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${byte}(?:\\.${byte}){3}$`);

/** (node:net knows these too, but takes longer to load than all of resources/.) */
export function isIPv4(address: string): boolean {
  return ipv4.test(address);
}

export function isIPv6(address: string): boolean {
  return address.includes(":") && /^[\da-fA-F:.]+$/.test(address) && URL.canParse(`http://[${address}]/`);
}

/** What is wrong with an IP address; nothing where it is one. */
export function addressFaults(address: string, field: string): Cause[] {
  if (isIPv4(address) || isIPv6(address)) return [];
  return [invalidValue(field, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
}

/** What is wrong with the number of a port. */
export function portFaults(port: number, field: string): Cause[] {
  return port >= 1 && port <= 65535
    ? []
    : [invalidValue(field, port, "must be between 1 and 65535, inclusive")];
}

/** What is wrong with a port by its number or its name. */
export function portOrNameFaults(port: number | string, field: string): Cause[] {
  if (typeof port === "number") return portFaults(port, field);
  return portName(port).map(wrong => invalidValue(field, port, wrong));
}
