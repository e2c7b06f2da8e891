/** What load.mjs offers, for the rows, which are type checked. */
export interface SmallBody {
  n: number;
  op: string;
  left: number;
  right: number;
}
export interface Load {
  inFlight: number;
  ms: number;
  body?: (n: number) => unknown;
}
type Request = (body: unknown) => Promise<unknown>;
export function smallBody(n: number): SmallBody;
export function textBody(length: number): () => string;
export function answersPerSecond(request: Request, load: Load): Promise<number>;
export function latenciesUnderLoad(request: Request, load: Load): Promise<number[]>;
export function medianLatency(request: Request, load: Omit<Load, "inFlight">): Promise<number>;
export function quantile(sorted: number[], share: number): number;
