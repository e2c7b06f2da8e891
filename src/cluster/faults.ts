/** What went wrong where nobody waits for it: how it is told, and that telling it does no harm. */
import { messageOf } from "../errors/index.ts";
import type { ObjectKey } from "../store/index.ts";

export function failed(controller: string, { kind, namespace, name }: ObjectKey, cause: unknown): Error {
  const where = `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
  return new Error(`${controller} failed on ${where}: ${messageOf(cause)}`, { cause });
}

export function printFault(fault: unknown): void {
  console.error(`k4s: ${messageOf(fault)}`);
}

export function printWarning(warning: string): void {
  console.error(`k4s: ${warning}`);
}

/** The same, but what it throws, or rejects with, is printed: it is called in the middle of everything. */
export function harmless(onFault: (fault: unknown) => unknown): (fault: unknown) => void {
  const failedItself = (error: unknown, fault: unknown) => {
    printFault(fault);
    printFault(new Error(`onFault failed: ${messageOf(error)}`));
  };
  return fault => {
    try {
      const told = onFault(fault);
      if (told instanceof Promise) told.catch(error => failedItself(error, fault));
    } catch (error) {
      failedItself(error, fault);
    }
  };
}
