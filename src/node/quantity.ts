/** A quantity of memory, `64Mi`, in bytes; undefined for none, or for what is no quantity. */
export function bytesOf(quantity: string | undefined): number | undefined {
  const [, number, unit = ""] = /^([\d.]+(?:e\d+)?)([KMGTPE]i|[kMGTPE]|m)?$/i.exec(quantity ?? "") ?? [];
  if (number === undefined) return undefined;
  if (unit === "m") return Number(number) / 1_000;
  const power = " KMGTPE".indexOf(unit.slice(0, 1).toUpperCase() || " ");
  return Number(number) * (unit.endsWith("i") ? 1_024 : 1_000) ** power;
}
