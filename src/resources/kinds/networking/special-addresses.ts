/**
 * Addresses that mean something only to the machine that uses them: nothing outside can be reached there. Kubernetes refuses them where
 * an address is to be reached from elsewhere.
 */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue } from "../../faults.ts";
import { isInBlock } from "./address-block.ts";

const ranges = [
  { detail: "may not be in the loopback range (127.0.0.0/8, ::1/128)", blocks: ["127.0.0.0/8", "::1/128"] },
  {
    detail: "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    blocks: ["169.254.0.0/16", "fe80::/10"],
  },
  {
    detail: "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
    blocks: ["224.0.0.0/24", "ff02::/16"],
  },
] as const;
const [loopback] = ranges;

/** What is wrong with an address that others are to reach. */
export function specialAddressFaults(address: string, field: string): Cause[] {
  const unspecified = ["0.0.0.0/32", "::/128"].some(block => isInBlock(address, block));
  const details = ranges.filter(({ blocks }) => blocks.some(block => isInBlock(address, block)));
  return [
    ...(unspecified ? [invalidValue(field, address, `may not be unspecified (${address})`)] : []),
    ...details.map(({ detail }) => invalidValue(field, address, detail)),
  ];
}

/** The same of where a container is: in k4s that is a loopback address. */
export function containerAddressFaults(address: string, field: string): Cause[] {
  const isLoopback = loopback.blocks.some(block => isInBlock(address, block));
  return isLoopback ? [] : specialAddressFaults(address, field);
}
