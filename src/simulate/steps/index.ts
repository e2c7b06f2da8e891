/** The door of steps/: what can be done in plays, and in which order it is. */
import { Acts } from "./acts.ts";
import { type EtcdStage, etcdFaults } from "./etcd-faults.ts";
import { type FolderStage, folderFaults } from "./folder-faults.ts";
import { moreUserActs } from "./more-user-acts.ts";
import { userActs } from "./user-acts.ts";

export type { Acts } from "./acts.ts";
export type { EtcdStage } from "./etcd-faults.ts";
export type { FolderStage } from "./folder-faults.ts";
export type { Stage, Step } from "./step.ts";

const allUserActs = [...userActs, ...moreUserActs];

/** With one process over a disk, and with several programs over one etcd. */
export const folderActs: Acts<FolderStage> = new Acts<FolderStage>(allUserActs, folderFaults);
export const etcdActs: Acts<EtcdStage> = new Acts<EtcdStage>(allUserActs, etcdFaults);
