/** `k4s restore FILE --data FOLDER`, or `--etcd URLS`: a backup, where a cluster begins with it. */
import { type EncryptionOptions, restoreBackup } from "../cluster/index.ts";
import { ApiError } from "../errors/index.ts";
import { type EtcdFlags, etcdOf } from "./etcd-options.ts";

interface RestoreFlags extends EtcdFlags, EncryptionOptions {
  readonly data?: string;
}

export async function restore(file: string, { data, ...flags }: RestoreFlags): Promise<void> {
  const etcd = etcdOf(flags);
  if ((data === undefined) === (etcd === undefined))
    throw new ApiError(
      "BadRequest",
      "--data FOLDER or --etcd URLS: one of them says where the backup is to go",
    );
  const { encryptionKey, encryptionProviderConfig } = flags;
  const { objects, revision, volumes } = await restoreBackup(file, {
    ...{ data, etcd },
    ...{ encryptionKey, encryptionProviderConfig },
  });
  const secured = flags.etcdCaFile ?? flags.etcdCertFile ?? flags.etcdUser;
  const prefix = flags.etcdPrefix === undefined ? "" : ` --etcd-prefix ${flags.etcdPrefix}`;
  const more = secured === undefined ? "" : ", and the flags for etcd of this command";
  const place = etcd ? `--etcd ${flags.etcd}${prefix}${more}` : `--data ${data}`;
  const where = etcd ? "where --volumes will say" : `to ${data}/volumes`;
  const contents =
    volumes === 0
      ? ""
      : `volumes of claims whose content is in no backup: ${volumes}; copy the folder volumes of the cluster that it is of ${where}\n`;
  process.stdout.write(
    `${data ?? flags.etcd} has ${objects} objects, as of the resourceVersion ${revision}: go on with k4s up ${place}\n${contents}`,
  );
}
