/** `torrential download`: until everything that is wanted is here, or, with `--seed`, beyond. */
import type { ExitCode } from "../exit-codes.ts";
import type { TransferOptions } from "../options.ts";
import { chooseReporter } from "../report/choose-reporter.ts";
import { runTransfer } from "../transfer/transfer.ts";

export function runDownload(sources: readonly string[], options: TransferOptions): Promise<ExitCode> {
  return runTransfer({ mode: "download", sources, options, reporter: chooseReporter(options) });
}
