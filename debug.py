"""Run the integration under a debugger: `ocean sail .` as a script."""

from port_ocean import run

if __name__ == "__main__":
    run()
