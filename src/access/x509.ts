/** The library that reads and signs certificates. It is loaded when the first is needed: most clusters sign none. */

/** It finds its parts by metadata, which must be there before it. */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
