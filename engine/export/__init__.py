"""Export: what leaves a shot, in the formats that people use.

**To add a format, add one file to `engine/export/formats/`**: a class that is an `Exporter` (`format.py`), with its declaration, and

    EXPORTERS = (MyExporter,)

at the end. The file is found by itself (`catalogue`). Then write the declarations anew, so that the panel, the command line and the
document's validation know of it: ``python -m engine formats --json``, into engine/shot/formats.json (a test says when that was
forgotten). Modules in that folder without `EXPORTERS` are parts that its exporters share.

    class Grey:
        declaration = FormatDeclaration("grey", "Grey PNG", "...", "Masks", "object_frame", ".png", "{object}/{object}_{frame}")

        def __init__(self, context: Context) -> None: ...

        def files(self) -> Sequence[File]:
            return self.context.planned()          # by the declaration's spread and the output's pattern

        def write(self, file: File, path: Path) -> None:
            cv2.imencode(...) of self.context.coverage(file.objects[0], file.frames[0])   # -> path

The job (`engine.jobs.export`) does the rest: which files are fresh, room on the disk, several threads, each file whole or not at all, the
manifest, verifying, stopping. An exporter never looks at what is on the disk, never deletes, and writes to nothing but the path that it
is given. It imports heavy libraries inside of its functions, because declarations are listed often.
"""

from .context import Context
from .format import Exporter, File, FormatDeclaration

__all__ = ["Context", "Exporter", "File", "FormatDeclaration"]
