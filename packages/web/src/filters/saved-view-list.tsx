/** Views that were saved, and a way to save the present one. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { changeTo, queryOf, type RouteChange } from "../app/route.ts";
import { Icon } from "../ui/icon.tsx";
import { FilterGroup } from "./filter-group.tsx";
import { type SavedView, useSavedViews } from "./saved-views.ts";

export function SavedViewList({ onChoose }: { readonly onChoose: (change: RouteChange) => void }): React.JSX.Element {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const { views, save, forget } = useSavedViews();
  const [isNaming, setNaming] = useState(false);
  const present = queryOf(params);
  return (
    <FilterGroup
      title={t("filter.views")}
      action={{ label: t("filter.saveView"), icon: "add", run: () => setNaming(!isNaming), isOff: present === "" }}
    >
      {isNaming && (
        <NameForm
          onName={(name) => {
            save({ name, query: present });
            setNaming(false);
          }}
        />
      )}
      {views.map((view) => (
        <ViewRow
          key={view.name}
          view={view}
          isOn={view.query === present}
          onChoose={() => onChoose(changeTo(view.query))}
          onForget={() => forget(view.name)}
        />
      ))}
    </FilterGroup>
  );
}

function NameForm({ onName }: { readonly onName: (name: string) => void }): React.JSX.Element {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  return (
    <form
      className="flex gap-1 p-1"
      onSubmit={(event) => {
        event.preventDefault();
        onName(name.trim());
      }}
    >
      <input
        className="field"
        required
        maxLength={60}
        pattern=".*\S.*"
        aria-label={t("filter.viewName")}
        placeholder={t("filter.viewName")}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="icon-button" aria-label={t("filter.saveView")}>
        <Icon name="check" size={16} />
      </button>
    </form>
  );
}

interface ViewRowProps {
  readonly view: SavedView;
  readonly isOn: boolean;
  readonly onChoose: () => void;
  readonly onForget: () => void;
}

function ViewRow({ view, isOn, onChoose, onForget }: ViewRowProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className={`flex items-center rounded-md ${isOn ? "bg-chosen font-semibold" : "hover:bg-hover"}`}>
      <button
        type="button"
        aria-pressed={isOn}
        className="flex flex-1 min-w-0 items-center gap-2.5 px-2 min-h-8 text-start"
        onClick={onChoose}
      >
        <span className="w-4 flex justify-center shrink-0 text-dim">
          <Icon name="star" size={16} />
        </span>
        <span className="truncate">{view.name}</span>
      </button>
      <button
        type="button"
        className="icon-button min-w-7! min-h-7! text-dim!"
        aria-label={t("filter.forget", { name: view.name })}
        onClick={onForget}
      >
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}
