/**
 * The globals as they were before any foreign code ran: the build puts these in the place of each use of such a name in the
 * bootstraps (`inject` of esbuild), so that a program that deletes or replaces a global takes nothing away from k4s.
 */
// biome-ignore-all lint/suspicious/noShadowRestrictedNames: that is what this is for.
export const {
  AbortController,
  AbortSignal,
  Array,
  Atomics,
  Buffer,
  clearInterval,
  clearTimeout,
  DataView,
  Date,
  Error,
  Int32Array,
  JSON,
  Map,
  Math,
  Number,
  Object,
  process,
  Promise,
  queueMicrotask,
  Reflect,
  Set,
  setImmediate,
  setInterval,
  setTimeout,
  String,
  Uint8Array,
  WeakMap,
  WeakSet,
} = globalThis;
