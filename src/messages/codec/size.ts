/**
 * What a body weighs in the memory of its receiver, as far as that is worth knowing and can be known at no cost: both
 * ends weigh alike, for the window is counted at both.
 */
export function weigh(value: unknown): number {
  if (typeof value === "string") return value.length * 2;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  return 0;
}
