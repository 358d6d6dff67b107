"""What a script does with files: make a tree, walk it, hash it, zip it, rename and remove in it."""
import hashlib
import json
import os
import sys
import zipfile

root = sys.argv[1]
os.makedirs(os.path.join(root, "tree", "deep", "er"), exist_ok=True)
for number in range(50):
    folder = os.path.join(root, "tree", "deep" if number % 3 else "")
    with open(os.path.join(folder, f"file{number}.txt"), "w", encoding="utf-8") as out:
        out.write(f"line ü {number}\n" * number * 100)

sizes = {}
for folder, folders, files in os.walk(os.path.join(root, "tree")):
    folders.sort()
    for name in sorted(files):
        path = os.path.join(folder, name)
        sizes[os.path.relpath(path, root)] = os.stat(path).st_size
print(json.dumps(sizes, sort_keys=True))

archive = os.path.join(root, "all.zip")
with zipfile.ZipFile(archive, "w") as out:
    for path in sorted(sizes):
        info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
        with open(os.path.join(root, path), "rb") as data:
            out.writestr(info, data.read())
with zipfile.ZipFile(archive) as back:
    print(back.testzip(), len(back.namelist()))
with open(archive, "rb") as data:
    print(hashlib.sha256(data.read()).hexdigest())

os.rename(os.path.join(root, "tree", "file0.txt"), os.path.join(root, "tree", "deep", "er", "renamed.txt"))
os.remove(os.path.join(root, "tree", "file3.txt"))
os.truncate(os.path.join(root, "tree", "file6.txt"), 10)
os.utime(os.path.join(root, "tree", "file6.txt"), (1, 2))
print(os.stat(os.path.join(root, "tree", "file6.txt")).st_mtime, os.path.getsize(os.path.join(root, "tree", "file6.txt")))
try:
    os.rmdir(os.path.join(root, "tree"))
except OSError as error:
    print(type(error).__name__)
try:
    open(os.path.join(root, "absent"), encoding="utf-8")
except FileNotFoundError:
    print("absent")
with open(os.path.join(root, "log"), "a", encoding="utf-8") as out:
    out.write("one\n")
with open(os.path.join(root, "log"), "a+", encoding="utf-8") as out:
    out.write("two\n")
    out.seek(0)
    print(out.read().split())
