import { TransmissionClient } from "../support/clients/transmission.ts";
import { missingProgram } from "../support/requirements.ts";
import { describeMatrix } from "./matrix.ts";

describeMatrix({
  name: "transmission",
  missing: missingProgram("transmission-daemon"),
  make: (options) => new TransmissionClient(options),
  network: 2,
});
