# Sourced by bin/serve, bin/test and bin/flask: find a Python and hand over to bin/_setup.py.
# Plain POSIX shell, because at this point nothing but a shell is known to be there.

# The folder of the project, also with spaces in its path and from any current directory.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1

# 0: new enough and able to make .venv; 3: new enough, but venv or ensurepip is missing.
probe='
import sys
if sys.version_info < (3, 11): sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(3)
'

python='' second=''
for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    command -v "$name" >/dev/null 2>&1 || continue
    status=0
    "$name" -I -c "$probe" >/dev/null 2>&1 || status=$?
    case $status in
        0) python=$name; break ;;
        3) [ -n "$second" ] || second=$name ;;
    esac
done
python=${python:-$second}

if [ -z "$python" ]; then
    found=$(python3 -c 'import platform; print("found here: Python " + platform.python_version())' 2>/dev/null) ||
        found='found here: no Python at all'
    echo "This needs Python 3.11 or newer ($found)." >&2
    echo "Install one, for example on Debian or Ubuntu: sudo apt install python3 python3-venv" >&2
    echo "(any of python3.11 to python3.14 on the PATH will be found)." >&2
    exit 2
fi

# -I: neither PYTHON* variables nor a user's own packages get in the way.
exec "$python" -I "$root/bin/_setup.py" "$(basename -- "$0")" "$@"
