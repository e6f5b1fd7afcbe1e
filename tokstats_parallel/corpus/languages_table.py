"""Table of file names and their languages; languages are named as the directories of bigcode/starcoderdata.

If several languages use an extension, the table has the language that uses it most in public repositories (`.h` is C,
`.m` is MATLAB, `.pl` is Perl). `--map .h=cpp` changes the language of an extension for one run.
"""

from collections.abc import Iterable, Mapping

from tokstats_parallel.errors import ConfigError

_EXTENSIONS = {
    "ada": ".ada .adb .ads",
    "agda": ".agda",
    "alloy": ".als",
    "antlr": ".g4",
    "applescript": ".applescript .scpt",
    "assembly": ".asm .nasm .s",
    "augeas": ".aug",
    "awk": ".awk .gawk .mawk",
    "batchfile": ".bat .cmd",
    "bluespec": ".bsv",
    "c": ".c .h",
    "c-sharp": ".cs .csx",
    "clojure": ".clj .cljc .cljs .edn",
    "cmake": ".cmake",
    "coffeescript": ".coffee",
    "common-lisp": ".asd .lisp .lsp",
    "cpp": ".c++ .cc .cpp .cxx .h++ .hh .hpp .hxx .inl .ipp .tcc .tpp",
    "css": ".css",
    "cuda": ".cu .cuh",
    "dart": ".dart",
    "dockerfile": ".dockerfile",
    "elixir": ".ex .exs",
    "elm": ".elm",
    "emacs-lisp": ".el",
    "erlang": ".erl .escript .hrl",
    "f-sharp": ".fs .fsi .fsx",
    "fortran": ".f .f03 .f08 .f77 .f90 .f95 .for",
    "glsl": ".comp .frag .geom .glsl .vert",
    "go": ".go",
    "groovy": ".gradle .groovy",
    "haskell": ".hs",
    "html": ".htm .html .xhtml",
    "idris": ".idr",
    "isabelle": ".thy",
    "java": ".java",
    "java-server-pages": ".jsp .jspx",
    "javascript": ".cjs .es6 .js .jsx .mjs",
    "json": ".json",
    "julia": ".jl",
    "kotlin": ".kt .kts",
    "lean": ".lean",
    "literate-agda": ".lagda",
    "literate-coffeescript": ".litcoffee",
    "literate-haskell": ".lhs",
    "lua": ".lua",
    "makefile": ".mak .mk",
    "maple": ".mpl",
    "markdown": ".markdown .md .mkd",
    "mathematica": ".mma .nb .wl .wls",
    "matlab": ".m .matlab",
    "ocaml": ".ml .mli",
    "pascal": ".dpr .pas .pp",
    "perl": ".pl .pm .t",
    "php": ".php .phtml",
    "powershell": ".ps1 .psd1 .psm1",
    "prolog": ".pro .prolog",
    "protocol-buffer": ".proto",
    "python": ".py .pyi .pyw",
    "r": ".r",
    "racket": ".rkt .rktd .rktl",
    "restructuredtext": ".rest .rst",
    "rmarkdown": ".rmd",
    "ruby": ".gemspec .rake .rb .ru",
    "rust": ".rs",
    "sas": ".sas",
    "scala": ".sbt .sc .scala",
    "scheme": ".scm .sld .sls .sps .ss",
    "shell": ".bash .ksh .sh .zsh",
    "smalltalk": ".st",
    "solidity": ".sol",
    "sparql": ".rq .sparql",
    "sql": ".ddl .prc .sql",
    "stan": ".stan",
    "standard-ml": ".fun .sig .sml",
    "stata": ".ado .do",
    "systemverilog": ".sv .svh",
    "tcl": ".tcl .tk",
    "tcsh": ".csh .tcsh",
    "tex": ".bib .cls .sty .tex",
    "thrift": ".thrift",
    "typescript": ".cts .mts .ts .tsx",
    "verilog": ".v .vh",
    "vhdl": ".vhd .vhdl",
    "visual-basic": ".bas .frm .vb .vba .vbs",
    "xslt": ".xsl .xslt",
    "yacc": ".y .yacc .yy",
    "yaml": ".yaml .yml",
    "zig": ".zig",
}
_WHOLE_NAMES = {
    "cmake": "CMakeLists.txt",
    "dockerfile": "Containerfile Dockerfile",
    "makefile": "GNUmakefile Makefile Makefile.am Makefile.in",
    "ruby": "Gemfile Rakefile Vagrantfile",
    "shell": ".bashrc .profile .zshrc",
}
CODE_LANGUAGES = frozenset(_EXTENSIONS)
"""Names of the languages in the table: the ones that a data set of code has."""
PROSE = frozenset({"markdown", "restructuredtext", "rmarkdown", "tex"})


class LanguageTable:
    """Table that finds the language of a file: first by the whole file name, then by the extension in lower case."""

    def __init__(self, extra: Mapping[str, str]) -> None:
        """Makes the table from the built-in one and from `extra`, which has precedence.

        Args:
            extra: Extension with its dot, or whole file name -> language.
        """
        self._by_extension = {end: name for name, ends in _EXTENSIONS.items() for end in ends.split()}
        self._by_name = {whole: name for name, wholes in _WHOLE_NAMES.items() for whole in wholes.split()}
        for pattern, language in extra.items():
            if pattern.startswith("."):
                self._by_extension[pattern.lower()] = language
            else:
                self._by_name[pattern] = language

    def languages(self) -> set[str]:
        """Returns the names of all languages in the table."""
        return {*self._by_extension.values(), *self._by_name.values()}

    def language_of(self, name: str) -> str | None:
        """Returns the language of a file whose name, without folders, is `name`; None if the name has no language."""
        whole = self._by_name.get(name)
        if whole is not None:
            return whole
        dot = name.rfind(".")
        return self._by_extension.get(name[dot:].lower()) if dot >= 0 else None


def parse_mapping(entries: Iterable[str]) -> dict[str, str]:
    """Parses `--map` entries such as `.h=cpp` or `METADATA=markdown`; returns extension or file name -> language.

    Raises:
        ConfigError: An entry is not NAME=LANGUAGE.
    """
    mapping = {}
    for entry in entries:
        pattern, separator, language = (field.strip() for field in entry.partition("="))
        if not (pattern and separator and language):
            raise ConfigError(f"--map {entry}: not EXTENSION=LANGUAGE; give for example --map .h=cpp")
        mapping[pattern] = language
    return mapping
