/** A path on the daemon's machine; what lies below the folder that was typed so far is offered. */
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { client } from "../live/client.ts";
import { Labelled, type LabelledProps } from "./labelled.tsx";

export interface PathFieldProps extends Omit<LabelledProps, "children"> {
  readonly value: string;
  readonly onChange: (path: string) => void;
  readonly kind: "folders" | "all";
  readonly placeholder?: string;
  readonly isRequired?: boolean;
}

const OFFERED_MAX = 200;

export function PathField(props: PathFieldProps): React.JSX.Element {
  const { value, onChange, kind, placeholder, isRequired = false, ...labels } = props;
  const listId = useId();
  const { data: roots = [] } = useQuery({ queryKey: ["roots"], queryFn: () => client.call("listRoots", {}) });
  const folder = value.slice(0, value.lastIndexOf("/"));
  const { data: inside = [] } = useQuery({
    queryKey: ["folder", folder, kind],
    queryFn: () => client.call("listFolder", { query: { path: folder, kind } }),
    enabled: roots.some((root) => folder === root || folder.startsWith(`${root}/`)),
    retry: false,
  });
  return (
    <Labelled {...labels}>
      {(ids) => (
        <>
          <input
            {...ids}
            className="field"
            list={listId}
            required={isRequired}
            placeholder={placeholder}
            spellCheck={false}
            autoCapitalize="off"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={listId}>
            {[...roots, ...inside.slice(0, OFFERED_MAX)].map((path) => (
              <option key={path} value={path} />
            ))}
          </datalist>
        </>
      )}
    </Labelled>
  );
}
