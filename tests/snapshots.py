"""What lies in a folder, to prove that nothing of the user's was changed."""

import hashlib
import os
from pathlib import Path


def take(folder: Path) -> dict[str, str]:
    """Lists all that lies below a folder, with a hash of each file and the target of each link."""
    listing = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place) / name
            if path.is_symlink():
                listing[str(path)] = f"link to {os.readlink(path)}"
            elif path.is_file():
                listing[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                listing[str(path)] = "folder" if path.is_dir() else "neither file nor folder"
    return listing
