/** What a program asks of the `bind`, `send` and `connect` of a UDP socket, in any of the ways in which Node lets it say so. */

export interface BindAsked {
  readonly port: number;
  readonly address: string | undefined;
  /** Not to be shared with other workers of Node's cluster. */
  readonly exclusive: boolean;
  readonly callback: (() => void) | undefined;
}

type Sent = (error: Error | null, bytes?: number) => void;

export interface SendAsked {
  readonly body: Buffer;
  /** Undefined where it goes to what the socket is connected to. */
  readonly to: { readonly port: number; readonly host: string } | undefined;
  readonly callback: Sent | undefined;
}

/** Undefined where it is no port that is to be bound, and where Node will say what is wrong with it. */
export function bindQuestion(args: readonly unknown[]): BindAsked | undefined {
  const callback = args.findLast(each => typeof each === "function") as (() => void) | undefined;
  const [first, second] = args;
  const isObject = typeof first === "object" && first !== null;
  const { port, address, fd, exclusive } = (isObject ? first : { port: first, address: second }) as {
    port?: unknown;
    address?: unknown;
    fd?: unknown;
    exclusive?: unknown;
  };
  if (fd !== undefined || (isObject && "recvStart" in first)) return undefined;
  const number = typeof port === "function" ? 0 : portIn(port ?? 0);
  if (number === undefined) return undefined;
  const own = typeof address === "string" ? address : undefined;
  return { port: number, address: own, exclusive: Boolean(exclusive), callback };
}

/** @param isConnected to a peer of the cluster @param usual where it goes without an address */
export function sendQuestion(
  args: readonly unknown[],
  isConnected: boolean,
  usual: string,
): SendAsked | undefined {
  const [message, second, third, fourth, fifth] = args;
  const whole = bytesOf(message);
  if (!whole) return undefined;
  const callback = args.findLast(each => typeof each === "function") as Sent | undefined;
  const isPart = isConnected
    ? typeof third === "number"
    : Boolean(fifth) || (Boolean(fourth) && typeof fourth !== "function");
  const isSlice = isPart && isWithin(whole, second, third);
  // Of a socket that Node has connected, or none that Node lets pass.
  if (isPart !== isSlice || (!isPart && typeof third === "number")) return undefined;
  const body = isSlice ? whole.subarray(Number(second), Number(second) + Number(third)) : whole;
  if (isConnected) return { body, to: undefined, callback };
  const [port, host] = isPart ? [fourth, fifth] : [second, third];
  const number = portIn(port);
  if (!number || (typeof host === "object" && host !== null)) return undefined;
  return { body, to: { port: number, host: typeof host === "string" && host ? host : usual }, callback };
}

export function portIn(given: unknown): number | undefined {
  const number = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
  const isPort = typeof number === "number" && Number.isInteger(number) && number >= 0 && number < 65_536;
  return isPort ? number : undefined;
}

function isWithin({ length }: Buffer, offset: unknown, size: unknown): boolean {
  return Number(offset) >= 0 && Number(size) >= 0 && Number(offset) + Number(size) <= length;
}

/** Of one text or view, or of several. */
function bytesOf(message: unknown): Buffer | undefined {
  const parts = (Array.isArray(message) ? message : [message]).map(part => {
    if (typeof part === "string") return Buffer.from(part);
    return ArrayBuffer.isView(part)
      ? Buffer.from(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)
      : undefined;
  });
  return parts.every(part => part !== undefined) ? Buffer.concat(parts) : undefined;
}
