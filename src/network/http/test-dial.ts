/** How tests of what is sent to endpoints reach them: by TCP. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export async function dial({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): Promise<Socket> {
  const socket = connect(port, address);
  await once(socket, "connect");
  return socket;
}
