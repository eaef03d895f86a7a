/** What every experiment is given. */
export interface Bench {
  /** Length of each measurement. */
  readonly seconds: number;
  /** An empty folder on the disk to measure; it is removed after the run. */
  readonly folder: string;
  /** Where the servers write CPU profiles, if at all. */
  readonly profileFolder: string | undefined;
  /** Where the results go. */
  readonly out: string;
  readonly print: (line: string) => void;
}
