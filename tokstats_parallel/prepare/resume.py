"""Resume: reads the manifests of earlier calls, and opens the sources of unfinished languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.manifest import Manifest, discard, load, repair
from tokstats_parallel.prepare.options import FilesOptions, PrepareOptions
from tokstats_parallel.prepare.own_file import refuse_foreign
from tokstats_parallel.prepare.sources.files import find_files
from tokstats_parallel.prepare.sources.hub import HubAccess
from tokstats_parallel.prepare.sources.open import open_sources
from tokstats_parallel.prepare.sources.rows import RowSource


@dataclass(frozen=True, slots=True)
class ResumedLanguage:
    """Manifest of a language, and the source of its further rows (None if the language is done)."""

    manifest: Manifest
    source: RowSource | None


def resume(
    options: PrepareOptions,
    folders: Mapping[str, Path],
    *,
    hub: HubAccess | None,
    retry: Retry,
    note: Callable[[str], None],
) -> dict[str, ResumedLanguage]:
    """Reads the manifest of each language, and writes one for each language that has none; opens the sources.

    Args:
        options: Options of the call.
        folders: Language -> working folder of the language; the folder exists and is locked.
        hub: Access to the hub; None accesses the real hub.
        retry: Policy of retries for faults of the network.
        note: Called with each line for the user.

    Returns:
        Language -> its manifest and source, in the order of the options.

    Raises:
        PrepareError: An earlier call had other options, or a source has changed or is missing.
    """
    known = {language: _known(options, language, folder, note) for language, folder in folders.items()}
    pinned = {language: manifest.version for language, manifest in known.items() if manifest}
    unfinished = [language for language, manifest in known.items() if not (manifest and manifest.done)]
    sources = open_sources(options, unfinished, pinned=pinned, hub=hub, retry=retry) if unfinished else {}
    resumed = {language: ResumedLanguage(manifest, None) for language, manifest in known.items() if manifest}
    for language, source in sources.items():
        manifest = _current(known[language], source, language) or _new(options, source, folders[language])
        resumed[language] = ResumedLanguage(manifest, source)
    return {language: resumed[language] for language in options.languages}


def _current(manifest: Manifest | None, source: RowSource, language: str) -> Manifest | None:
    """Returns the manifest if it names the source's version; None if there is none, or if it lists no rows of another.

    Raises:
        PrepareError: The source has changed, and the manifest has rows of the earlier version.
    """
    if manifest is None or manifest.version == source.version:
        return manifest
    if manifest.is_empty:
        return None
    raise PrepareError(f"{language}: its source changed since the run began; begin anew with --restart")


def _new(options: PrepareOptions, source: RowSource, folder: Path) -> Manifest:
    manifest = Manifest(options.content_options(), source.version, dict(source.left_out))
    manifest.save(folder)
    return manifest


def _known(options: PrepareOptions, language: str, folder: Path, note: Callable[[str], None]) -> Manifest | None:
    """Returns the manifest of the earlier call that this call resumes; None if the language begins anew."""
    manifest = _load(options, folder)
    goes_on = manifest is not None and _goes_on(options, language, manifest)
    if manifest and goes_on and manifest.done and _final_files_exist(options, language, manifest):
        return repair(manifest, folder)
    _refuse_source(options, language)
    for split, path in options.final_paths(language).items():
        refuse_foreign(path, manifest.done.get(split) if manifest else None)
        if manifest is None and not options.restart and path.exists():
            raise PrepareError(f"{path}: made by another call of this command; replace it with --restart")
    if manifest and goes_on and not manifest.done:
        return repair(manifest, folder)
    if goes_on:
        note(f"{language}: its files are not as they were made, so they are made anew")
    if goes_on or options.restart:
        discard(folder)
    return None


def _load(options: PrepareOptions, folder: Path) -> Manifest | None:
    try:
        return load(folder)
    except PrepareError:
        if options.restart:  # which is the remedy for a damaged manifest
            return None
        raise


def _refuse_source(options: PrepareOptions, language: str) -> None:
    """Raises a PrepareError if a final file is a file of the source, which a part of itself would replace."""
    finals = [path for path in options.final_paths(language).values() if path.exists()]
    if finals and isinstance(options.source, FilesOptions):
        files = find_files(options.source, language).paths
        for path in finals:
            if any(file.exists() and path.samefile(file) for file in files):
                raise PrepareError(f"{path}: is the source, too; give another --out-train-dir")


def _goes_on(options: PrepareOptions, language: str, manifest: Manifest) -> bool:
    """Returns whether this call goes on with the earlier one; it begins anew with --restart, or if no row is lost.

    Raises:
        PrepareError: The earlier call had other options.
    """
    if options.restart or (manifest.is_empty and manifest.options != options.content_options()):
        return False
    _check_same(options, language, manifest)
    return True


def _check_same(options: PrepareOptions, language: str, manifest: Manifest) -> None:
    asked = options.content_options()
    if manifest.options != asked:
        changed = ", ".join(key for key in asked if manifest.options.get(key) != asked[key])
        raise PrepareError(
            f"{options.final_paths(language)['train']}: begun with other options ({changed}); "
            "give the same ones, or begin anew with --restart"
        )


def _final_files_exist(options: PrepareOptions, language: str, manifest: Manifest) -> bool:
    """Returns whether the final files have the sizes in the manifest.

    Their checksums are not compared, because that would take as long as a short run.
    """
    paths = options.final_paths(language)
    return all(
        paths[split].is_file() and paths[split].stat().st_size == sealed.size for split, sealed in manifest.done.items()
    )
