import pathlib
import sys

# The example processor `tillpay` beside this file is imported by name.
sys.path.insert(0, str(pathlib.Path(__file__).parent))
