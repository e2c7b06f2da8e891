/** `k4s restore FILE --data FOLDER`: a folder in which a cluster is kept, made of a backup. */
import { type EncryptionOptions, restoreBackup } from "../cluster/index.ts";

export async function restore(
  file: string,
  { data, ...options }: EncryptionOptions & { readonly data: string },
): Promise<void> {
  const { objects, revision } = await restoreBackup(file, data, options);
  process.stdout.write(
    `${data} has ${objects} objects, as of the resourceVersion ${revision}: go on with k4s up --data ${data}\n`,
  );
}
