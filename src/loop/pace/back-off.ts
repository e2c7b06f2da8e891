/**
 * How long to wait after a failure: twice as long each time, up to a limit, and from the start again once it went well.
 */
export interface BackOff {
  readonly firstMs: number;
  readonly limitMs: number;
}

/** How long to wait after so many failures in a row (1 and up). */
export function backOffMs({ firstMs, limitMs }: BackOff, failures: number): number {
  return Math.min(limitMs, firstMs * 2 ** Math.min(failures - 1, 30));
}
