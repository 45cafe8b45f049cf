/** A field with its name above and what it means below. */
import { useId } from "react";

export interface LabelledProps {
  readonly label: string;
  readonly hint?: React.ReactNode;
  readonly error?: string | undefined;
  readonly children: (ids: { readonly id: string; readonly "aria-describedby"?: string }) => React.ReactNode;
}

export function Labelled({ label, hint, error, children }: LabelledProps): React.JSX.Element {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1 min-w-0">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children(note === undefined ? { id } : { id, "aria-describedby": noteId })}
      {note !== undefined && (
        <p id={noteId} className={`text-sm ${error === undefined ? "text-dim" : "text-bad"}`}>
          {note}
        </p>
      )}
    </div>
  );
}
