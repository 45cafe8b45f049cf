/** A password that must be given, as browsers and password managers know it. */
import { Labelled, type LabelledProps } from "./labelled.tsx";

export interface PasswordFieldProps extends Omit<LabelledProps, "children"> {
  readonly value: string;
  readonly onChange: (password: string) => void;
  /** Of a new password: how long it must be. The present one is asked for otherwise. */
  readonly newLengthMin?: number;
}

export function PasswordField({ value, onChange, newLengthMin, ...labels }: PasswordFieldProps): React.JSX.Element {
  return (
    <Labelled {...labels}>
      {(ids) => (
        <input
          {...ids}
          className="field"
          type="password"
          autoComplete={newLengthMin === undefined ? "current-password" : "new-password"}
          minLength={newLengthMin}
          required
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Labelled>
  );
}
